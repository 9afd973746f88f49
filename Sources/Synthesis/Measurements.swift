// SPDX-License-Identifier: Apache-2.0

public import Curation
import Foundation
public import Privacy
public import Tables

/// Everything a release learnt about real records: noisy marginals and what they cost.
///
/// All of it is differentially private at the charges it lists; fitting and sampling from it again
/// is free.
public struct Measurements: Sendable, Codable {
    /// The format's name and version.
    public let format: String
    /// SHA-256 of the schema that the codes follow.
    public let schemaDigest: String
    /// The method whose model is fitted: never `auto`.
    public let method: SynthesisMethod
    /// Why `auto` chose it, by public facts or noisy figures, in a phrase; nil where it was asked for.
    public let reason: String?
    /// Cells of each attribute.
    public let sizes: [Int]
    /// The number of records as a marginal of one cell, with noise; nil where it was not asked by itself.
    public let count: NoisyMarginal?
    /// The one-way marginal of each attribute, in order.
    public let oneWay: [NoisyMarginal]
    /// The merging of rare cells that the last stage was measured under.
    public let recoding: Recoding
    /// The last stage: marginals of merged cells.
    public let merged: [NoisyMarginal]
    /// For each attribute how many of its first cells have an order, by the schema; nil for none of all.
    public let orderedCells: [Int]?
    /// What choosing the pairs cost.
    public let choices: [Charge]
    /// The domains that were discovered before; nil where the schema declares all.
    public private(set) var discovery: KeptDiscovery?

    /// Units by how many records they have; nil where that was not measured.
    public private(set) var rowsPerUnit: NoisyHistogram?
    /// Earlier releases whose measurements help to fit the model; nil for none.
    public private(set) var reused: [EarlierMeasurements]?
    /// Where they come from; nil where nobody said.
    public private(set) var origin: MeasurementOrigin?

    private static let formatName = "semblance-measurements-"
    /// Goes up whenever an older program would read the file wrongly, or a newer one could not read it.
    private static let formatVersion = 3
    static let currentFormat = formatName + String(formatVersion)

    init(
        schemaDigest: String, method: SynthesisMethod, reason: String? = nil, sizes: [Int],
        count: NoisyMarginal? = nil,
        oneWay: [NoisyMarginal], recoding: Recoding, merged: [NoisyMarginal], choices: [Charge],
        orderedCells: [Int] = []
    ) {
        format = Self.currentFormat
        self.schemaDigest = schemaDigest
        precondition(method != .auto, "auto is no model")
        self.method = method
        self.reason = reason
        self.sizes = sizes
        self.count = count
        self.oneWay = oneWay
        self.recoding = recoding
        self.merged = merged
        self.choices = choices
        self.orderedCells = orderedCells.contains { $0 > 0 } ? orderedCells : nil
    }

    /// The same measurements with the discovery that their codes follow.
    ///
    /// - Parameter discovered: The schema whose digest they carry, and the answers that it was made from.
    public func keeping(_ discovered: DiscoveredSchema) -> Measurements {
        var kept = self
        kept.discovery = KeptDiscovery(
            schema: String(decoding: discovered.schema.source, as: UTF8.self),
            answers: discovered.answers)
        return kept
    }

    /// The same measurements with the records per unit.
    ///
    /// - Parameter histogram: What `Curator.rowsPerUnit` answered for the training part.
    public func keeping(rowsPerUnit histogram: NoisyHistogram) -> Measurements {
        var kept = self
        kept.rowsPerUnit = histogram
        return kept
    }

    /// The same measurements with earlier ones of the same population beside them, for the fit.
    ///
    /// - Parameter earlier: Earlier measurements of tables with the same cells.
    public func reusing(_ earlier: [EarlierMeasurements]) -> Measurements {
        precondition(earlier.allSatisfy { $0.fits(sizes) }, "the cells are the same")
        var kept = self
        kept.reused = earlier.isEmpty ? nil : earlier
        return kept
    }

    /// The same measurements with where they come from.
    ///
    /// - Parameter origin: The release, its schema and what it cost.
    public func keeping(_ origin: MeasurementOrigin) -> Measurements {
        var kept = self
        kept.origin = origin
        return kept
    }

    private struct Format: Decodable { let format: String }

    /// Refuses files of another kind, and those of other versions before anything else in them is looked at.
    private static func checkFormat(_ json: [UInt8]) throws(SynthesisError) {
        guard let found = try? JSONDecoder().decode(Format.self, from: Data(json)).format,
            found.hasPrefix(formatName), let version = Int(found.dropFirst(formatName.count))
        else { throw .measurements("expected a measurements file of semblance") }
        guard version >= formatVersion else {
            throw .measurements(
                "found version \(version) of an older semblance, expected \(formatVersion); use the program "
                    + "that wrote them, or release again")
        }
        guard version <= formatVersion else {
            throw .measurements(
                "found version \(version) of a newer semblance, expected \(formatVersion); update this program"
            )
        }
    }

    /// Reads kept measurements.
    ///
    /// - Parameter json: What `json` wrote.
    /// - Throws: `SynthesisError.measurements` when it is not that, is of an older or newer version, or does
    ///   not fit together.
    public init(json: [UInt8]) throws(SynthesisError) {
        try Self.checkFormat(json)
        let read: Measurements
        do {
            read = try JSONDecoder().decode(Measurements.self, from: Data(json))
        } catch {
            throw .measurements("the file is damaged: expected every part that its version has")
        }
        func cells(_ marginal: NoisyMarginal, _ sizes: [Int]) -> Bool {
            marginal.sigma2 > 0 && marginal.attributes.allSatisfy(sizes.indices.contains)
                && marginal.cells.count
                    == marginal.attributes.reduce(1) {
                        let (product, isTooLarge) = $0.multipliedReportingOverflow(by: sizes[$1])
                        return isTooLarge ? -1 : product
                    }
        }
        guard read.method != .auto, read.sizes.allSatisfy({ $0 > 0 }),
            read.oneWay.map(\.attributes) == read.sizes.indices.map({ [$0] }),
            read.count.map({ $0.cells.count == 1 && $0.sigma2 > 0 }) ?? true,
            read.recoding.maps.map(\.count) == read.sizes,
            zip(read.recoding.maps, read.recoding.sizes)
                .allSatisfy({ map, size in map.allSatisfy { Int($0) < size } }),
            read.oneWay.allSatisfy({ cells($0, read.sizes) }),
            read.orderedCells.map({ ordered in
                ordered.count == read.sizes.count
                    && zip(ordered, read.sizes).allSatisfy { (0...$1).contains($0) }
            }) ?? true,
            read.merged.allSatisfy({ cells($0, read.recoding.sizes) }),
            read.rowsPerUnit.map({ $0.cells.count > 1 && $0.shape == [$0.cells.count] }) ?? true,
            read.reused?.allSatisfy({ $0.fits(read.sizes) }) ?? true,
            read.discovery.map({ (try? $0.completed().mostCells) == read.sizes }) ?? true,
            read.origin.map({ (try? $0.parsedSchema().mostCells) == read.sizes }) ?? true
        else { throw .measurements("the parts do not fit together") }
        self = read
    }

    /// The estimated number of records in the training part, at least 1.
    public var total: Double { max(1, NoisyTotals.total(counted).value) }
    /// The variance of the noise in that estimate.
    public var totalVariance: Double { NoisyTotals.total(counted).variance }

    /// All marginals, each of which says how many records there are.
    private var counted: [NoisyMarginal] { (count.map { [$0] } ?? []) + oneWay + merged }

    /// What each step cost, in the order in which they ran.
    public var chargedSteps: [(purpose: String, charge: Charge)] {
        (discovery?.answers ?? []).map { ("discovery of \($0.kind): \($0.column)", $0.charge) }
            + (count.map { [("number of records", $0.charge)] } ?? [])
            + oneWay.map { ("one-way marginal", $0.charge) }
            + choices.map { (choiceWords($0), $0) } + merged.map { (Self.words($0), $0.charge) }
            + (rowsPerUnit.map { [("records per unit", $0.charge)] } ?? [])
    }

    private func choiceWords(_ charge: Charge) -> String {
        if case .gaussian = charge.mechanism { return "errors of all pairs" }
        return method == .mst ? "choice of a pair" : "choice of a marginal"
    }

    private static func words(_ marginal: NoisyMarginal) -> String {
        let words = ["one", "two", "three", "four", "five", "six"]
        let count = marginal.attributes.count
        return (count <= words.count ? words[count - 1] : "\(count)") + "-way marginal"
    }

    /// The measurements as JSON with sorted keys.
    public var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Every field is a string, an integer or an exact fraction: encoding cannot fail.
        let data = (try? encoder.encode(self)) ?? Data()
        return [UInt8](data) + [UInt8(ascii: "\n")]
    }
}

/// What discovery found, kept beside the measurements that follow it, so that both can be used again.
public struct KeptDiscovery: Sendable, Codable, Hashable {
    /// The completed schema, as it stands in the archive.
    public let schema: String
    /// The answers it was made from.
    public let answers: [DiscoveryAnswer]

    /// The completed schema.
    ///
    /// - Throws: `SchemaError` where the text was changed.
    public func completed() throws(SchemaError) -> Schema {
        try Schema(json: Array(schema.utf8), name: "schema.json")
    }
}
