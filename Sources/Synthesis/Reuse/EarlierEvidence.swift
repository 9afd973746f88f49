// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy

/// What earlier releases say of a later one's cells, in its total and with variances that count drift.
///
/// Post-processing: spends nothing.
struct EarlierEvidence: Sendable {
    /// What one earlier release is multiplied by, and the δ of all its columns and of each.
    private struct Columns {
        let scale: Double
        let floor: Double
        let drifts: [Double]
    }

    /// A pair of merged cells of the later release.
    struct Pair: Sendable {
        let attributes: [Int]
        let evidence: CellEvidence

        /// As the engine takes it.
        var linear: LinearMeasurement {
            LinearMeasurement(
                clique: Clique(attributes), values: evidence.values, variances: evidence.variances)
        }
    }

    /// All that is known of each attribute's original cells, the later release's own measurement included.
    let columns: [CellEvidence]
    private let earlier: [EarlierMeasurements]
    private let perRelease: [Columns]
    private let total: Double

    /// Weighs the earlier releases' columns.
    ///
    /// - Parameters:
    ///   - earlier: The earlier releases.
    ///   - oneWay: The later release's one-way marginals.
    ///   - total: Its number of records.
    init(_ earlier: [EarlierMeasurements], oneWay: [NoisyMarginal], total: Double) {
        let own = oneWay.map(CellEvidence.init)
        var columns = own
        var perRelease: [Columns] = []
        for release in earlier {
            let scale = total / max(1, NoisyTotals.total(release.oneWay + release.merged).value)
            let evidence = release.oneWay.map { CellEvidence($0).scaled(by: scale) }
            let scales = zip(own, evidence).map { new, old in
                let shares = zip(
                    NoisyTotals.projected(new.values, total: total),
                    NoisyTotals.projected(old.values, total: total)
                ).map { ($0 + $1) / (2 * total) }
                return Drift.scales(shares: shares, total: total)
            }
            let comparisons = own.indices.map {
                Drift.Comparison(own[$0], evidence[$0], scales: scales[$0])
            }
            let floor = Drift.pooled(comparisons, declared: release.drift)
            let drifts = comparisons.map { $0.drift(atLeast: floor) }
            for attribute in own.indices {
                columns[attribute] = columns[attribute].combined(
                    with: Drift.inflated(
                        evidence[attribute], by: drifts[attribute], scales: scales[attribute]))
            }
            perRelease.append(Columns(scale: scale, floor: floor, drifts: drifts))
        }
        self.columns = columns
        self.earlier = earlier
        self.perRelease = perRelease
        self.total = total
    }

    /// The earlier releases' pairs in the later one's merged cells.
    ///
    /// A pair that both measured is held against the later one's figures; another is believed to have moved as
    /// far as those together, and as its columns, at least.
    ///
    /// - Parameters:
    ///   - own: The later release's pairs.
    ///   - compression: The later release's merging, with shares over all evidence.
    /// - Returns: One item a pair of each earlier release. Complexity: O(cells of the pairs × splits).
    func pairs(_ own: [NoisyMarginal], compression: Compression) -> [Pair] {
        var pairs: [Pair] = []
        let known = own.filter { $0.attributes.count == 2 }
        for (release, columns) in zip(earlier, perRelease) {
            var found: [(attributes: [Int], old: CellEvidence, scales: [Double])] = []
            var comparisons: [[Int]: Drift.Comparison] = [:]
            for marginal in release.merged where marginal.attributes.count == 2 {
                let old = spread(marginal, of: release, compression: compression)
                    .scaled(by: columns.scale)
                let scales = Drift.scales(
                    shares: shares(of: marginal.attributes, old: old, compression), total: total)
                found.append((marginal.attributes, old, scales))
                if let same = known.last(where: { $0.attributes == marginal.attributes }) {
                    comparisons[marginal.attributes] = Drift.Comparison(
                        CellEvidence(same), old, scales: scales)
                }
            }
            let pooled = Drift.pooled(
                found.compactMap { comparisons[$0.attributes] }, declared: columns.floor)
            for (attributes, old, scales) in found {
                let floor = attributes.reduce(pooled) { max($0, columns.drifts[$1]) }
                let drift = comparisons[attributes]?.drift(atLeast: floor) ?? floor
                pairs.append(
                    Pair(
                        attributes: attributes,
                        evidence: Drift.inflated(old, by: drift, scales: scales)))
            }
        }
        return pairs
    }

    /// About what each cell of a pair holds: what was measured, and what its columns alone would make it, the
    /// larger of the two.
    private func shares(
        of attributes: [Int], old: CellEvidence, _ compression: Compression
    ) -> [Double] {
        let sides = attributes.map { attribute in
            compression.merged(
                NoisyTotals.projected(columns[attribute].values, total: total), of: attribute
            ).map { $0 / total }
        }
        let product = sides[0].flatMap { first in sides[1].map { first * $0 } }
        return zip(product, old.values).map { max($0, min(1, $1 / total)) }
    }

    /// A pair of one merging in the cells of another.
    ///
    /// A cell that the other merging cuts is divided in proportion to what its parts hold: its noise likewise,
    /// and a part a of a cell of y counts is off by `a (1 − a) y` more, as nothing tells how it was divided.
    private func spread(
        _ marginal: NoisyMarginal, of release: EarlierMeasurements, compression: Compression
    ) -> CellEvidence {
        let parts = marginal.attributes.map { attribute in
            self.parts(of: attribute, from: release.recoding, to: compression.recoding)
        }
        let width = compression.recoding.sizes[marginal.attributes[1]]
        let count = compression.recoding.sizes[marginal.attributes[0]] * width
        let sigma2 = Double(marginal.sigma2, rounding: .toNearestOrEven)
        var evidence = CellEvidence(
            values: [Double](repeating: 0, count: count),
            variances: [Double](repeating: 0, count: count))
        var cell = 0
        for first in parts[0] {
            for second in parts[1] {
                let value = Double(marginal.cells[cell])
                cell += 1
                for (x, one) in first {
                    for (y, other) in second {
                        let share = one * other
                        let off = share * (1 - share) * max(0, value)
                        evidence.values[x * width + y] += share * value
                        evidence.variances[x * width + y] += share * sigma2 + off * off
                    }
                }
            }
        }
        // A cell of which the other merging has nothing tells nothing.
        for index in evidence.variances.indices where evidence.variances[index] <= 0 {
            evidence.variances[index] = max(total * total, sigma2)
        }
        return evidence
    }

    /// For each merged cell of one merging the cells of another that it has a part in, with the parts.
    private func parts(
        of attribute: Int, from old: Recoding, to new: Recoding
    ) -> [[(cell: Int, share: Double)]] {
        let counts = NoisyTotals.projected(columns[attribute].values, total: total)
        var masses = [[Int: Double]](repeating: [:], count: old.sizes[attribute])
        for cell in counts.indices {
            let from = Int(old.maps[attribute][cell]), to = Int(new.maps[attribute][cell])
            // A little for each cell, so that a group without mass is divided evenly.
            masses[from][to, default: 0] += counts[cell] + 1e-6
        }
        return masses.map { group in
            let sum = group.values.reduce(0, +)
            return group.sorted { $0.key < $1.key }.map { ($0.key, $0.value / sum) }
        }
    }

    /// The most cells that a junction tree may get by earlier pairs.
    private static let mostCells = 1 << 20

    /// The pairs that a model of cliques can hold besides: all those inside of cliques, and of the others those
    /// that tell of most dependence, as long as the tree stays small.
    ///
    /// - Parameters:
    ///   - pairs: Earlier pairs.
    ///   - cliques: What the later release measured.
    ///   - domain: The merged cells.
    static func affordable(_ pairs: [Pair], beside cliques: [[Int]], domain: Domain) -> [Pair] {
        guard !pairs.isEmpty else { return [] }
        var predictor = ModelSizePredictor(domain: domain)
        for clique in cliques { predictor.add(Clique(clique)) }
        let most = max(mostCells, predictor.size.cells)
        let order = pairs.indices.map { ($0, pairs[$0].dependence(domain.sizes)) }
            .sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }
        var kept: [Int] = []
        for (index, _) in order {
            let clique = Clique(pairs[index].attributes)
            guard predictor.size(adding: clique).cells <= most else { continue }
            predictor.add(clique)
            kept.append(index)
        }
        return kept.sorted().map { pairs[$0] }
    }
}

extension EarlierEvidence.Pair {
    /// How far the pair is from the product of its columns beyond what noise explains, in records.
    fileprivate func dependence(_ sizes: [Int]) -> Double {
        let width = sizes[attributes[1]]
        var rows = [Double](repeating: 0, count: sizes[attributes[0]])
        var columns = [Double](repeating: 0, count: width)
        for (cell, value) in evidence.values.enumerated() {
            rows[cell / width] += value
            columns[cell % width] += value
        }
        let sum = max(1, rows.reduce(0, +))
        var distance = 0.0
        for (cell, value) in evidence.values.enumerated() {
            let off = abs(value - rows[cell / width] * columns[cell % width] / sum)
            distance += max(0, off - evidence.variances[cell].squareRoot())
        }
        return distance
    }
}
