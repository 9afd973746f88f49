// SPDX-License-Identifier: Apache-2.0

import Curation

/// Measurements of an earlier release of the same population, as evidence for a later one.
///
/// They are differentially private at charges that are on the ledger already, so looking at them again spends
/// nothing. They are kept with the measurements that they helped to fit, so that those stand alone.
public struct EarlierMeasurements: Sendable, Codable {
    /// The earlier release's name.
    public let release: String
    /// SHA-256 of the file they were read from, in hexadecimal.
    public let sha256: String
    /// The total variation distance by which a marginal of shares may have moved since, above 0.
    public let drift: Double
    let sizes: [Int]
    let oneWay: [NoisyMarginal]
    let recoding: Recoding
    let merged: [NoisyMarginal]

    /// Takes what a later release needs.
    ///
    /// - Parameters:
    ///   - measurements: What the earlier release measured itself; what it reused is not passed on.
    ///   - release: The earlier release's name.
    ///   - sha256: SHA-256 of the file they were read from.
    ///   - drift: The total variation distance by which a marginal of shares may have moved, above 0 and at
    ///     most 1.
    public init(_ measurements: Measurements, release: String, sha256: String, drift: Double) {
        precondition(drift > 0 && drift <= 1)
        self.release = release
        self.sha256 = sha256
        self.drift = drift
        sizes = measurements.sizes
        oneWay = measurements.oneWay
        recoding = measurements.recoding
        merged = measurements.merged
    }

    /// Whether the parts fit together, and are of tables with these cells.
    func fits(_ sizes: [Int]) -> Bool {
        func cells(_ marginal: NoisyMarginal, _ sizes: [Int]) -> Bool {
            marginal.attributes.allSatisfy(sizes.indices.contains)
                && marginal.cells.count == marginal.attributes.reduce(1) { $0 * sizes[$1] }
        }
        return self.sizes == sizes && drift > 0 && drift <= 1
            && oneWay.map(\.attributes) == sizes.indices.map { [$0] }
            && oneWay.allSatisfy { cells($0, sizes) }
            && recoding.maps.map(\.count) == sizes
            && zip(recoding.maps, recoding.sizes)
                .allSatisfy { map, size in map.allSatisfy { Int($0) < size } }
            && merged.allSatisfy { cells($0, recoding.sizes) }
    }
}
