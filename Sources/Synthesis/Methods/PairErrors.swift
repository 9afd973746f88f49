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

    private let estimates: [[Int64]]

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
        let compression = try Compression(
            columns, task: task, rho: path.remaining, marginals: Tree.mostPairs(task))
        let densities = columns.densities(compression)
        let total = columns.total
        self.compression = compression
        self.total = total
        pairs = task.pairs
        let unit = total * Double(1 << Curator.errorBits)
        estimates = pairs.map { pair in
            densities[pair[0]].flatMap { first in
                densities[pair[1]].map { second in Int64(nearestWhole: first * second * unit) }
            }
        }
        (distances, deviation) = ([], .infinity)
        (distances, deviation) = try ask(rho, along: &path, curator: curator)
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
        let (again, noise) = try ask(rho, along: &path, curator: curator)
        let (own, other) = (1 / (deviation * deviation), 1 / (noise * noise))
        distances = zip(distances, again).map { ($0 * own + $1 * other) / (own + other) }
        deviation = (1 / (own + other)).squareRoot()
    }

    private func ask(
        _ rho: Rho, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> ([Double], Double) {
        let answer = try path.errors(
            of: pairs, estimates: estimates, recoding: compression.recoding, rho: rho,
            curator: curator)
        let unit = 2 * total * Double(1 << answer.fractionBits)
        let sigma = Double(answer.sigma2, rounding: .toNearestOrEven).squareRoot()
        return (answer.values.map { Double($0) / unit }, sigma / unit)
    }

    /// The mean distance of a pair; noise averages out.
    var mean: Double { distances.reduce(0, +) / Double(max(1, distances.count)) }

    /// Each pair's distance, from 0 to 1, drawn to the mean as far as noise accounts for the spread: the best linear
    /// estimate (James and Stein 1961).
    var shrunk: [Double] {
        let mean = mean
        let spread =
            distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, distances.count))
        let trust = spread > 0 ? max(0, 1 - deviation * deviation / spread) : 0
        return distances.map { min(max(mean + trust * ($0 - mean), 0), 1) }
    }
}
