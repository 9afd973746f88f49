// SPDX-License-Identifier: Apache-2.0

import Privacy
import Synthesis
import Tables

/// How often each value of one column comes, instead of as often as the model has it.
struct Balance {
    /// The column and its name.
    let attribute: Int, column: String
    /// Its cells with their shares, which sum to 1.
    let classes: [(cell: Int, share: Double)]

    /// No column is balanced over more values: each takes a model of its own.
    private static let mostClasses = 1000

    /// Reads what is asked.
    ///
    /// - Parameters:
    ///   - text: A column, for equal shares of its declared values; or `column=value:share,value:share`.
    ///   - schema: The schema of the rows.
    /// - Throws: `ReleaseError` with status `usage`.
    init(_ text: String, schema: Schema) throws(ReleaseError) {
        // A name may hold the sign, so a whole name comes first.
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let isWhole = schema.attribute(named: text) != nil
        column = isWhole ? text : parts.first ?? ""
        guard let attribute = schema.attribute(named: column) else {
            throw Self.fault(
                "no such column: found '\(column)', expected one of "
                    + schema.attributeNames.joined(separator: ", "))
        }
        self.attribute = attribute
        let codec = schema.codecs[attribute]
        if isWhole || parts.count < 2 {
            let cells = (0..<codec.cellCount).filter { !codec.isMissing($0) && !codec.isOther($0) }
            classes = cells.map { ($0, 1 / Double(cells.count)) }
        } else {
            classes = try Self.shares(parts[1], codec: codec, column: column)
        }
        guard classes.count <= Self.mostClasses else {
            throw Self.fault(
                "too many values: \(column) has \(classes.count), expected at most \(Self.mostClasses); "
                    + "name those that matter with their shares")
        }
    }

    private static func shares(
        _ text: String, codec: ColumnCodec, column: String
    ) throws(ReleaseError) -> [(cell: Int, share: Double)] {
        var classes: [(cell: Int, share: Rational)] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            // A value may hold a colon, a share none.
            guard let colon = item.lastIndex(of: ":"),
                let share = Rational(decimal: trimmed(item[item.index(after: colon)...])),
                share > 0
            else { throw fault("found '\(item)', expected value:share such as Y:0.5") }
            let value = trimmed(item[..<colon])
            guard let cell = codec.cell(of: value) else {
                throw fault("no such value: \(column): found '\(value)', expected a declared one")
            }
            guard !classes.contains(where: { $0.cell == cell }) else {
                throw fault("found '\(value)' again: \(column): expected each value once")
            }
            classes.append((cell, share))
        }
        let sum = classes.reduce(Rational(0)) { $0 + $1.share }
        guard sum == Rational(1) else {
            throw fault(
                "shares of \(column): found a sum of \(sum.reading()), expected 1; name every value that "
                    + "shall come")
        }
        return classes.map { ($0.cell, Double($0.share, rounding: .toNearestOrEven)) }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
    }

    private static func fault(_ words: String) -> ReleaseError {
        ReleaseError(.usage, "balance: " + words)
    }

    /// The classes as models of their own.
    ///
    /// - Parameters:
    ///   - fitted: The model of all rows.
    ///   - condition: What all rows have to meet besides.
    ///   - rowCount: How many rows there are.
    ///   - codec: The column's codec, for the labels of classes.
    /// - Returns: The classes' rows, and one line a class for a person.
    /// - Throws: `ReleaseError`: `usage` where the condition excludes a class, `dataInvalid` where a class has
    ///   no probability.
    func strata(
        of fitted: FittedSynthesizer, condition: Condition, rowCount: Int, codec: ColumnCodec
    ) throws(ReleaseError) -> (strata: Strata, lines: [String]) {
        let counts = Strata.counts(classes.map(\.share), rowCount: rowCount)
        var models: [(model: FittedSynthesizer, count: Int)] = []
        var lines: [String] = []
        for ((cell, _), count) in zip(classes, counts) where count > 0 {
            let label = codec.label(cell)
            guard let both = condition.and(Condition(attribute: attribute, cell: cell)) else {
                throw ReleaseError(
                    .usage,
                    "contradictory condition: it excludes \(column)=\(label), which is to be balanced; "
                        + "name the values that shall come with their shares")
            }
            do {
                let (model, share) = try fitted.conditioned(on: both)
                models.append((model, count))
                lines.append(
                    "\(column)=\(label): \(count) rows, \(percent(share)) of the population")
            } catch {
                throw ReleaseError(
                    .dataInvalid,
                    "no rows to balance: \(column)=\(label): the noisy counts give it no share; name the "
                        + "other values with their shares")
            }
        }
        return (Strata(models), lines)
    }
}

/// A share in percent with at most four digits.
func percent(_ share: Double) -> String {
    guard share >= 1e-6 else { return "less than 0.0001%" }
    return (Rational(exactly: share * 100)?.reading() ?? "0") + "%"
}
