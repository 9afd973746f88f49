// SPDX-License-Identifier: Apache-2.0

import Curation
import Glibc
import GraphicalModels
import Privacy

/// Which pairs are measured, so that the workload's expected error is least: what noise does to those that are, and
/// what independence gets wrong in those that are not.
///
/// Pairs are added greedily to a model whose junction tree stays within its size, with several penalties of
/// size, and of the sets that come out the one of least expected error is taken. Public: it looks at noisy errors.
struct TreeChoice {
    private let weights: [Double]
    private let cells: [Double]
    private let pairs: [[Int]]
    /// For each pair its error as a total variation distance, from 0 to 1.
    private let distances: [Double]
    /// For two columns, one behind the other, their pair; −1 for none.
    private let places: [Int]
    private let noise: Double
    private let domain: Domain
    private let task: SynthesisTask
    /// Pairs that preserved cliques hold.
    private let held: Set<Int>
    /// Cells that the model may have.
    private let limit: Int

    /// Cells that can be fitted in seconds: on Adult at ε = 10 four times as many took five times as long for
    /// three-way errors that were a twentieth lower.
    private static let usualLimit = 1 << 18
    /// Exponents of what a pair adds to the tree's cells.
    private static let penalties = [0.0, 0.15, 0.4]
    /// Of the noise of a measured pair, what a fit leaves of it.
    private static let leftNoise = 0.75
    /// Pairs that are looked at for their size in one step.
    private static let looks = 24

    /// - Parameters:
    ///   - task: The table and what is wanted of it.
    ///   - errors: Noisy errors of independent columns.
    ///   - rho: What the chosen pairs will share.
    init(_ task: SynthesisTask, errors: PairErrors, rho: Rho) {
        self.init(
            task, sizes: errors.compression.recoding.sizes, pairs: errors.pairs,
            distances: errors.shrunk,
            noise: BudgetShares.leastNoise(unitRows: task.unitRows, rho: rho) / (2 * errors.total))
    }

    /// - Parameters:
    ///   - task: The table and what is wanted of it.
    ///   - sizes: Cells of each attribute, merged.
    ///   - pairs: The candidates.
    ///   - distances: For each pair its error by independent columns, a total variation distance.
    ///   - noise: The mean noise in one cell if one pair got all that is left, over twice the records.
    init(
        _ task: SynthesisTask, sizes: [Int], pairs: [[Int]], distances: [Double], noise: Double
    ) {
        self.task = task
        // What is preserved says all of its pairs.
        held = Set(
            pairs.indices.filter { index in
                task.workload.preserved.contains {
                    $0.contains(pairs[index][0]) && $0.contains(pairs[index][1])
                }
            })
        limit = min(task.modelCells, Self.usualLimit)
        self.pairs = pairs
        domain = Domain(sizes: sizes)
        weights = pairs.map(task.workload.weight)
        cells = pairs.map { Double(Curator.cellCount($0, sizes)) }
        self.distances = distances
        self.noise = noise
        var places = [Int](repeating: -1, count: sizes.count * sizes.count)
        for (index, pair) in pairs.enumerated() {
            places[pair[0] * sizes.count + pair[1]] = index
            places[pair[1] * sizes.count + pair[0]] = index
        }
        self.places = places
    }

    /// The best set of pairs, beside those that are preserved, and its expected error: a mean over all pairs with
    /// their weights, as a total variation distance.
    var best: (pairs: [[Int]], error: Double) {
        var best: (error: Double, set: [Int]) = (.infinity, [])
        for penalty in Self.penalties {
            let set = pruned(grown(penalty: penalty))
            let error = expectedError(set)
            if error < best.error { best = (error, set) }
        }
        return (best.set.sorted().map { pairs[$0] }, best.error / max(weights.reduce(0, +), 1e-9))
    }

    /// Of `√ρ`-many parts each pair's noise is least in all with shares `∝ (w n)^⅔`: `c (Σ (w n)^⅔)^{3/2}`.
    private func part(_ pair: Int) -> Double {
        let root = cbrt(weights[pair] * cells[pair])
        return root * root
    }

    private func noise(_ parts: Double) -> Double {
        Self.leftNoise * noise * parts * parts.squareRoot()
    }

    private func grown(penalty: Double) -> [Int] {
        var predictor = ModelSizePredictor(domain: domain)
        for clique in task.workload.preserved { predictor.add(Clique(clique)) }
        var set: [Int] = []
        var partners = partners(of: [])
        // Noise only grows, and errors only get smaller.
        var open = Set(
            pairs.indices.filter {
                !held.contains($0) && weights[$0] * distances[$0] > noise(part($0))
            })
        var parts = 0.0
        while !open.isEmpty {
            // What a pair would gain beyond its noise.
            var gains: [(pair: Int, gain: Double)] = []
            for pair in open {
                let cost = noise(parts + part(pair)) - noise(parts)
                let gain = weights[pair] * residual(pair, partners) - cost
                if gain > 0 { gains.append((pair, gain)) }
            }
            gains.sort { $0.gain != $1.gain ? $0.gain > $1.gain : $0.pair < $1.pair }
            var chosen: (pair: Int, score: Double)?
            for (pair, gain) in gains.prefix(Self.looks) {
                let size = predictor.size(adding: Clique(pairs[pair])).cells
                guard size <= max(limit, predictor.size.cells) else {
                    open.remove(pair)
                    continue
                }
                let growth = Double(max(size - predictor.size.cells, 1))
                let score = gain / pow(growth, penalty)
                if score > chosen?.score ?? 0 { chosen = (pair, score) }
                if penalty == 0 { break }
            }
            guard let chosen else {
                if gains.count > Self.looks { continue }
                break
            }
            open.remove(chosen.pair)
            predictor.add(Clique(pairs[chosen.pair]))
            parts += part(chosen.pair)
            set.append(chosen.pair)
            let (first, second) = (pairs[chosen.pair][0], pairs[chosen.pair][1])
            partners[first].append(second)
            partners[second].append(first)
        }
        return set
    }

    /// What is left of a pair's error where both depend on a third column in the set.
    private func residual(_ pair: Int, _ partners: [[Int]]) -> Double {
        let (first, second) = (pairs[pair][0], pairs[pair][1])
        var explained = 0.0
        for third in partners[first] where partners[second].contains(third) {
            explained = max(explained, distance(first, third) * distance(third, second))
        }
        return max(0, distances[pair] - explained)
    }

    private func distance(_ one: Int, _ other: Int) -> Double {
        let place = places[one * domain.sizes.count + other]
        return place < 0 ? 0 : distances[place]
    }

    /// Without pairs whose noise, which the others share by now, is more than they bring.
    private func pruned(_ set: [Int]) -> [Int] {
        var left = set
        var error = expectedError(set)
        for pair in set.reversed() {
            let without = left.filter { $0 != pair }
            let other = expectedError(without)
            if other < error { (left, error) = (without, other) }
        }
        return left
    }

    private func expectedError(_ set: [Int]) -> Double {
        let partners = partners(of: set)
        let members = held.union(set)
        var sum = noise(set.reduce(0) { $0 + part($1) })
        for pair in pairs.indices where !members.contains(pair) {
            sum += weights[pair] * residual(pair, partners)
        }
        return sum
    }

    /// For each attribute those that it shares a measured pair with.
    private func partners(of set: [Int]) -> [[Int]] {
        var partners = [[Int]](repeating: [], count: domain.sizes.count)
        for pair in held.sorted() + set {
            partners[pairs[pair][0]].append(pairs[pair][1])
            partners[pairs[pair][1]].append(pairs[pair][0])
        }
        return partners
    }
}
