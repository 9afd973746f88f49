// SPDX-License-Identifier: Apache-2.0

/// What of a column's domain is not declared, and is to be found out under differential privacy.
///
/// It is a declaration like any other: public, written before any record is read.
public enum Discovery: Sendable, Hashable {
    /// Which texts or whole numbers occur, at most `most` of them.
    case categories(most: Int)
    /// Bounds, with bins of equal width between them.
    case bounds(bins: Int)
    /// Bins of about equal numbers of records; bounds too, unless the schema declares them.
    case quantiles(bins: Int, findsBounds: Bool)

    /// The most cells that are found, missing and other values apart.
    public var mostCells: Int {
        switch self {
        case .categories(let most): most
        case .bounds(let bins), .quantiles(let bins, _): bins
        }
    }

    /// The kind in words, for documents.
    public var summary: String {
        switch self {
        case .categories(let most): "categories, at most \(most)"
        case .bounds(let bins): "bounds, with \(bins) bins between them"
        case .quantiles(let bins, true): "bounds, and \(bins) bins of equal weight"
        case .quantiles(let bins, false): "\(bins) bins of equal weight within declared bounds"
        }
    }

    /// The most categories that may be asked for, and how many there are where the schema does not say.
    static let mostCategories = 10_000, usualCategories = 100
    /// The same of bins.
    static let mostBins = 1_000, usualBins = 20
    /// Bytes of the longest text that can be a category; longer ones are other values.
    public static let longestCategory = 256
}

/// A domain as it was found out: outputs of mechanisms only.
public enum DiscoveredDomain: Sendable, Hashable {
    /// Nothing stood out: every value that is not missing is one of the others.
    case nothing
    /// The texts that are cells.
    case texts([[UInt8]])
    /// The whole numbers that are cells.
    case integers([Int64])
    /// First value of each bin on the column's grid, strictly ascending, and the last value of the last bin.
    case bins(starts: [Int64], last: Int64)

    /// Whether it has no cell but those of missing and other values.
    public var isEmpty: Bool {
        switch self {
        case .nothing: true
        case .texts(let texts): texts.isEmpty
        case .integers(let numbers): numbers.isEmpty
        case .bins: false
        }
    }
}

/// A column whose domain is still to be found out.
public struct OpenDomain: Sendable {
    /// What is asked.
    public let discovery: Discovery
    /// What its values are; texts for categories of texts.
    let kind: ColumnCodec.Kind
    let common: ColumnCodec.Common
    /// Values that the schema declares to be cells of their own; bins leave them out.
    let specials: [Int64]
    /// The declared bounds on the grid, or the widest that can be written.
    public let limits: ClosedRange<Int64>

    /// The most cells that the column will have.
    public var mostCells: Int {
        discovery.mostCells + specials.count + (common.isRequired ? 1 : 2)
    }

    /// Whether categories are texts, whose bytes tell them apart.
    public var hasTexts: Bool { kind == .text }

    /// Where a logarithmic scale of bounds begins, on the grid: 0, or the first moment of the year 2000.
    ///
    /// Public and fixed, so that years lie within a few powers of two of it.
    public var origin: Int64 {
        guard case .moment(let format) = kind, format.hasDate else { return 0 }
        switch format.step {
        case .year: return 2_000
        case .month: return 24_000
        default:
            return Int64(
                CivilCalendar.days(year: 2_000, month: 1, day: 1) * format.step.unitsPerDay)
        }
    }

    /// The text of a grid value, for documents.
    ///
    /// - Parameter value: A value within `limits`.
    public func text(of value: Int64) -> String { ColumnCodec.gridText(value, kind: kind) }
}

/// What one value of an open column is, whatever will be found out.
public enum OpenValue: Sendable, Equatable {
    /// No value.
    case missing
    /// A text that no discovered domain can hold.
    case other
    /// A number or moment on the grid; not exact where decimals beyond the grid were cut.
    case number(Int64, isExact: Bool)
    /// A text that may be a category.
    case text
}

extension OpenDomain {
    /// What a text is: a function of the text and the schema alone.
    ///
    /// - Parameter text: The field's bytes, without quotes or escapes.
    public func value(of text: borrowing Span<UInt8>) -> OpenValue {
        if common.missing.contains(text, from: 0, to: text.count) { return .missing }
        switch kind {
        case .text:
            let isOther = text.count > Discovery.longestCategory || equals(text, otherText)
            return isOther ? .other : .text
        case .integers, .decimal:
            var decimals = 0
            if case .decimal(let declared) = kind { decimals = declared }
            let number = FixedPoint.parse(text, from: 0, to: text.count, decimals: decimals)
            switch number.form {
            // A number that no schema could list.
            case .exact where kind == .integers && !limits.contains(number.value): return .other
            case .exact: return .number(number.value, isExact: true)
            case .truncated where common.type != .integer:
                return .number(number.value, isExact: false)
            default: return .other
            }
        case .moment(let format):
            let value = format.parse(text, from: 0, to: text.count)
            return value == TimeFormat.invalid ? .other : .number(value, isExact: true)
        case .boolean: return .other
        }
    }

    /// Whether a value on the grid belongs to a special cell.
    ///
    /// - Parameter value: The value.
    public func isSpecial(_ value: Int64) -> Bool { specials.contains(value) }

    private var otherText: [UInt8] { Array((common.otherValue ?? "__other__").utf8) }

    private func equals(_ text: borrowing Span<UInt8>, _ other: [UInt8]) -> Bool {
        guard text.count == other.count else { return false }
        for index in other.indices where text[index] != other[index] { return false }
        return true
    }
}

extension ColumnCodec {
    /// The cell of a number or moment that is on the column's grid.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - isExact: Whether it is the value itself and not the grid value just below it.
    /// - Returns: What `encode` gives for a text of that value.
    public func code(of value: Int64, isExact: Bool) -> Int {
        switch kind {
        case .integers: return isExact ? code(ofListed: value) : otherCode
        case .decimal, .moment:
            guard let grid else { return otherCode }
            let code = grid.code(of: value, isExact: isExact)
            return code >= 0 ? code : otherCode
        case .text, .boolean: return otherCode
        }
    }

    /// The listed texts, in the order of their cells; none where values are not texts.
    public var listedTexts: [[UInt8]] {
        kind == .text ? (0..<keys.count).map { keys.key($0) } : []
    }

    /// The cell of a missing value.
    public var codeOfMissing: Int { codeOfAbsent }
    /// The cell of everything else; -1 where there is none.
    public var codeOfOther: Int { otherCode }
}
