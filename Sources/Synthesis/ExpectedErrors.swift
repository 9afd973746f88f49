// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Privacy

/// What a plan's noise does to a table of an assumed number of records, from public facts alone.
///
/// Errors are expected total variation distances between exact and noisy counts, `½ Σ E|X| / n` with
/// `E|X| = σ √(2/π)`, at most 1: what is measured, before a model takes part of the noise out. No record is
/// read, and the number of records is an assumption of whoever plans.
public struct ExpectedErrors: Sendable {
    /// A pair of columns.
    public struct Pair: Sendable {
        /// Attribute indices, ascending.
        public let attributes: [Int]
        /// The most cells it is measured over: columns keep no more cells than the assumed records fill
        /// above the noise, the rest is merged.
        public let cells: Int
        /// Its expected error.
        public let error: Double
    }

    /// Records that are measured, as assumed.
    public let records: Double
    /// The expected error of each column.
    public let columns: [Double]
    /// Every pair that may be measured; empty where none is.
    public let pairs: [Pair]

    /// The mean size of a standard normal number.
    private static let meanSize = (2 / Double.pi).squareRoot()
    /// Errors up to this count as useful.
    public static let usefulError = 0.05
    /// Standard deviations of a pair's noise that a table must hold, so that the strongest dependences show:
    /// below about ten a model of pairs finds nothing but columns, from about a hundred on most of what
    /// there is.
    public static let usefulRatio = 25.0

    /// Forecasts.
    ///
    /// - Parameters:
    ///   - plan: The plan.
    ///   - records: Records that are measured, above 0.
    /// - Throws: `NoiseError` where ρ is too small to plan for.
    /// - Complexity: O(columns²).
    public init(_ plan: SynthesisPlan, records: Double) throws(NoiseError) {
        precondition(records > 0)
        self.records = records
        let sizes = plan.sizes
        let sigmas = try plan.oneWaySigmas()
        func error(cells: Double, sigma: Double) -> Double {
            min(1, 0.5 * cells * sigma * Self.meanSize / records)
        }
        let columns = zip(sizes, sigmas).map { error(cells: Double($0), sigma: $1) }
        self.columns = columns
        guard plan.pairCount > 0 else {
            pairs = []
            return
        }
        let sigma = try plan.pairSigma()
        let kept = try plan.mostKeptCells(records: records)
        pairs = SynthesisPlan.pairs(of: sizes).map { pair in
            let cells = kept[pair[0]] * kept[pair[1]]
            // No pair is nearer than either of its columns, however few cells it is measured over.
            let own = error(cells: cells, sigma: sigma)
            return Pair(
                attributes: pair, cells: Int(cells),
                error: max(own, columns[pair[0]], columns[pair[1]]))
        }
    }

    /// The mean of the columns' errors.
    public var meanColumn: Double { columns.reduce(0, +) / Double(max(1, columns.count)) }
    /// The mean of the pairs' errors; 0 where none is measured.
    public var meanPair: Double {
        pairs.reduce(0) { $0 + $1.error } / Double(max(1, pairs.count))
    }

    /// The least numbers of measured records for which a plan is useful.
    ///
    /// - Parameter plan: The plan.
    /// - Returns: For columns: their errors are `usefulError` in the mean. For pairs: `usefulRatio` standard
    ///   deviations of a cell's noise; 0 where no pair is measured.
    /// - Throws: `NoiseError` where ρ is too small to plan for.
    public static func leastRecords(
        _ plan: SynthesisPlan
    ) throws(NoiseError) -> (columns: Double, pairs: Double) {
        let noise = zip(plan.sizes, try plan.oneWaySigmas()).reduce(0) { sum, column in
            sum + 0.5 * Double(column.0) * column.1 * meanSize
        }
        let columns = noise / Double(max(1, plan.sizes.count)) / usefulError
        return (columns, plan.pairCount > 0 ? usefulRatio * (try plan.pairSigma()) : 0)
    }
}

extension SynthesisPlan {
    /// The most cells that each column keeps for pairs: cells below the noise share one, and of an assumed
    /// number of records not more can be above it.
    ///
    /// - Parameter records: Records that are measured, as assumed.
    /// - Throws: `NoiseError` where ρ is too small to plan for.
    func mostKeptCells(records: Double) throws(NoiseError) -> [Double] {
        let sigma = try pairSigma()
        return zip(sizes, try oneWaySigmas()).map { size, own in
            min(Double(size), (records / max(2 * own, sigma)).rounded(.down) + 1)
        }
    }
}
