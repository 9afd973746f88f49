// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// Merging of cells that noise hides, and the way back.
///
/// It looks at noisy counts only, so it is post-processing (McKenna, Miklau and Sheldon 2021, §3:
/// domain compression). Rare cells share one merged cell, so that pairs spend no noise on cells that
/// are mostly empty; sampled rows return to the original cells in proportion to their noisy mass.
struct Compression: Sendable {
    /// The merging.
    let recoding: Recoding
    /// For each attribute and merged cell the original cells and their shares.
    let members: [[[(code: UInt16, share: Double)]]]

    init(recoding: Recoding, members: [[[(code: UInt16, share: Double)]]]) {
        self.recoding = recoding
        self.members = members
    }

    /// Decides what is merged.
    ///
    /// - Parameters:
    ///   - marginals: The noisy one-way marginal of each attribute, in order.
    ///   - threshold: Noisy counts below this many of their standard deviations are merged.
    ///   - least: And those below this number.
    init(_ marginals: [NoisyMarginal], threshold: Double, least: Double = 0) {
        var maps: [[UInt16]] = []
        var sizes: [Int] = []
        for marginal in marginals {
            let sigma = Double(marginal.sigma2, rounding: .up).squareRoot()
            let isRare = marginal.cells.map { Double($0) < max(threshold * sigma, least) }
            // One rare cell alone gains nothing from a new name.
            let merges = isRare.count(where: { $0 }) > 1
            let merged = UInt16(merges ? isRare.count(where: { !$0 }) : isRare.count)
            var map: [UInt16] = []
            var running: UInt16 = 0
            for rare in isRare {
                if merges && rare {
                    map.append(merged)
                } else {
                    map.append(running)
                    running += 1
                }
            }
            maps.append(map)
            sizes.append(Int(merged) + (merges ? 1 : 0))
        }
        self.init(
            Recoding(maps: maps, sizes: sizes),
            counts: marginals.map { $0.cells.map { max(0, Double($0)) } })
    }

    /// Decides what is merged for pairs that are all measured: light cells of an order with their neighbours,
    /// others with each other.
    ///
    /// - Parameters:
    ///   - marginals: The noisy one-way marginal of each attribute, in order.
    ///   - counts: What they say about each column, see `ColumnDensities`.
    ///   - orderedCells: For each attribute how many of its first cells have an order; 0 for none.
    ///   - pairSigma: The standard deviation of the noise in a pair of average share.
    ///   - total: The estimated number of records.
    init(
        _ marginals: [NoisyMarginal], counts: [[Double]], orderedCells: [Int], pairSigma: Double,
        total: Double
    ) {
        // Bins get finer as the square root of what can be told apart.
        let bin = max(0.8 * (total * pairSigma).squareRoot(), 2 * pairSigma)
        var maps: [[UInt16]] = []
        var sizes: [Int] = []
        for (attribute, marginal) in marginals.enumerated() {
            let ordered = orderedCells[attribute]
            var (map, size) = Self.neighbours(counts[attribute][..<ordered], least: bin)
            let sigma = Double(marginal.sigma2, rounding: .up).squareRoot()
            let rest = marginal.cells.indices.dropFirst(ordered)
            let isRare = rest.map { Double(marginal.cells[$0]) < max(2 * sigma, pairSigma) }
            // One rare cell alone gains nothing from a new name.
            let merges = isRare.count(where: { $0 }) > 1
            let own = merges ? isRare.count(where: { !$0 }) : isRare.count
            var running = size
            for rare in isRare {
                if merges && rare {
                    map.append(UInt16(size + own))
                } else {
                    map.append(UInt16(running))
                    running += 1
                }
            }
            size += own + (merges ? 1 : 0)
            maps.append(map)
            sizes.append(size)
        }
        self.init(Recoding(maps: maps, sizes: sizes), counts: counts)
    }

    /// Bins of neighbours, each of at least some mass where there is so much; heavy cells stay alone.
    private static func neighbours(
        _ counts: ArraySlice<Double>, least: Double
    ) -> (map: [UInt16], size: Int) {
        var map: [UInt16] = []
        var bin = 0, mass = 0.0, isOpen = false
        for count in counts {
            if count >= least {
                if isOpen { bin += 1 }
                map.append(UInt16(bin))
                bin += 1
                (mass, isOpen) = (0, false)
            } else {
                map.append(UInt16(bin))
                mass += count
                isOpen = mass < least
                if !isOpen {
                    bin += 1
                    mass = 0
                }
            }
        }
        return (map, bin + (isOpen ? 1 : 0))
    }

    /// Prepares the way back for a known merging.
    ///
    /// - Parameters:
    ///   - recoding: The merging.
    ///   - counts: What is known of each attribute's cells, not negative.
    init(_ recoding: Recoding, counts: [[Double]]) {
        self.recoding = recoding
        members = counts.enumerated().map { attribute, counts in
            var groups = [[(code: UInt16, share: Double)]](
                repeating: [], count: recoding.sizes[attribute])
            for (code, count) in counts.enumerated() {
                groups[Int(recoding.maps[attribute][code])].append((UInt16(code), count))
            }
            return groups.map { group in
                let sum = group.reduce(0) { $0 + $1.share }
                return group.map { (code, share) in
                    (code, sum > 0 ? share / sum : 1 / Double(group.count))
                }
            }
        }
    }

    /// An attribute's counts by merged cell.
    func merged(_ counts: [Double], of attribute: Int) -> [Double] {
        var values = [Double](repeating: 0, count: recoding.sizes[attribute])
        for (code, count) in counts.enumerated() {
            values[Int(recoding.maps[attribute][code])] += count
        }
        return values
    }

    /// Evidence about an attribute's cells by merged cell.
    func merged(_ evidence: CellEvidence, of attribute: Int) -> CellEvidence {
        CellEvidence(
            values: merged(evidence.values, of: attribute),
            variances: merged(evidence.variances, of: attribute))
    }

    /// The noisy counts of merged cells, and how many cells each of them sums.
    func merged(_ marginal: NoisyMarginal) -> (values: [Double], members: [Int]) {
        let attribute = marginal.attributes[0]
        var values = [Double](repeating: 0, count: recoding.sizes[attribute])
        var counts = [Int](repeating: 0, count: recoding.sizes[attribute])
        for (code, count) in marginal.cells.enumerated() {
            values[Int(recoding.maps[attribute][code])] += Double(count)
            counts[Int(recoding.maps[attribute][code])] += 1
        }
        return (values, counts)
    }
}

extension Compression {
    /// Merges cells for a last stage of several marginals that are not known yet.
    ///
    /// - Parameters:
    ///   - columns: What is known of the columns.
    ///   - task: The table.
    ///   - rho: What the last stage will have.
    ///   - marginals: How many marginals will share it.
    /// - Throws: `SynthesisError.noise` where ρ is too small.
    init(
        _ columns: MeasuredColumns, task: SynthesisTask, rho: Rho, marginals: Int
    ) throws(SynthesisError) {
        let share = Rational(numerator: 1, denominator: max(1, marginals))
        self.init(
            columns.oneWay, counts: columns.counts, orderedCells: task.orderedCells,
            pairSigma: try BudgetShares.sigma(
                unitRows: task.unitRows, rho: rho.scaled(by: share)), total: columns.total)
    }
}
