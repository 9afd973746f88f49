// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// How wrong a product of columns is in every pair, by one noisy query or by several together.
///
/// What is kept of them is post-processing of noisy answers.
struct PairErrors: Sendable {
    /// How cells are merged.
    let compression: Compression
    /// The pairs.
    let pairs: [[Int]]
    /// The noisy number of records.
    let total: Double
    /// For each pair its noisy error as a total variation distance: about 0 to 1, with noise on both sides.
    private(set) var distances: [Double]
    /// The standard deviation of the noise in each of them.
    private(set) var deviation: Double

    /// The shares of each attribute's merged cells, whose products are compared with the records.
    private let densities: [[Double]]

    /// Asks for the errors of all pairs.
    ///
    /// - Parameters:
    ///   - columns: What is known of the columns; cells are merged for a last stage of a tree's pairs.
    ///   - task: The table.
    ///   - rho: What the query costs.
    ///   - path: Asks and pays.
    ///   - curator: The curator.
    /// - Throws: `SynthesisError`; the charge stays.
    init(
        _ columns: MeasuredColumns, task: SynthesisTask, rho: Rho, along path: inout MeasuringPath,
        curator: borrowing Curator
    ) throws(SynthesisError) {
        compression = try Compression(
            columns, task: task, rho: path.remaining, marginals: Tree.mostPairs(task))
        densities = columns.densities(compression)
        total = columns.total
        pairs = task.pairs
        (distances, deviation) = try Self.ask(
            pairs, densities: densities, total: total, recoding: compression.recoding, rho: rho,
            along: &path, curator: curator)
    }

    /// Asks again, and takes the mean of both answers by their precision.
    ///
    /// - Parameters:
    ///   - rho: What the query costs.
    ///   - path: Asks and pays.
    ///   - curator: The curator.
    /// - Throws: `SynthesisError`; the charge stays.
    mutating func sharpen(
        _ rho: Rho, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) {
        let (again, noise) = try Self.ask(
            pairs, densities: densities, total: total, recoding: compression.recoding, rho: rho,
            along: &path, curator: curator)
        let (own, other) = (1 / (deviation * deviation), 1 / (noise * noise))
        distances = zip(distances, again).map { ($0 * own + $1 * other) / (own + other) }
        deviation = (1 / (own + other)).squareRoot()
    }

    private static func ask(
        _ pairs: [[Int]], densities: [[Double]], total: Double, recoding: Recoding, rho: Rho,
        along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> (distances: [Double], deviation: Double) {
        let unit = total * Double(1 << Curator.errorBits)
        let answer = try path.errors(
            of: pairs, recoding: recoding, rho: rho, curator: curator
        ) { index in
            let (first, second) = (densities[pairs[index][0]], densities[pairs[index][1]])
            return first.flatMap { one in
                second.map { Int64(nearestWhole: one * $0 * unit) }
            }
        }
        let sigma = Double(answer.sigma2, rounding: .toNearestOrEven).squareRoot()
        return (answer.values.map { Double($0) / (2 * unit) }, sigma / (2 * unit))
    }

    /// Each pair's distance, from 0 to 1, drawn to the mean of all as far as noise accounts for their spread
    /// (positive-part shrinkage: Efron and Morris 1973).
    var shrunk: [Double] {
        let mean = distances.reduce(0, +) / Double(max(1, distances.count))
        let spread =
            distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, distances.count))
        let trust = spread > 0 ? max(0, 1 - deviation * deviation / spread) : 0
        return distances.map { min(max(mean + trust * ($0 - mean), 0), 1) }
    }
}
