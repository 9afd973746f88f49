// SPDX-License-Identifier: Apache-2.0

public import Curation
public import Privacy
public import Synthesis

/// How good the synthetic rows are for a declared target, measured on records that no training saw.
public struct ModelEvidence: Sendable, Codable, Hashable {
    /// The target attribute's index among the measured attributes.
    public let target: Int
    /// The target's cell that counts as positive.
    public let positive: Int
    /// AUC on the holdout of a model trained on synthetic rows; `nil` when the noise hides it.
    public let auc: Estimate?
    /// AUC of the same model on fresh synthetic rows: what the synthetic table promises.
    public let promisedAUC: Double
    /// `auc / promisedAUC`: how much of the promise real records keep.
    public let ratio: Estimate?
    /// What the score histogram cost.
    public let charge: Charge
}

/// The charged part of the utility evidence.
public struct UtilityEvidence: Sendable, Codable {
    /// Mean total variation distance over all pairs of attributes.
    public let meanTVD: Estimate
    /// Largest total variation distance over the same pairs.
    public let worstTVD: Estimate
    /// How many pairs the table has.
    public let pairs: Int
    /// The downstream model, where a target was declared.
    public let model: ModelEvidence?
    /// What the distances cost.
    public let charges: [Charge]
}

/// Utility of a fixed synthetic table, bought from the curator (PRIVACY class B: fixed queries, exact
/// sensitivity, charged).
public enum UtilityEvaluation {
    /// Fractional bits of the synthetic counts that the curator compares with real ones.
    static let fractionBits = 4
    /// Cells of synthetic counts that are held at a time.
    static let batchCells = 8_000_000
    /// Bins of the downstream model's score.
    static let bins = 16

    /// Buys mean and worst two-way distance from the training part, and the downstream model's score
    /// histogram from the holdout.
    ///
    /// - Parameters:
    ///   - curator: The curator of the real records.
    ///   - table: The fixed synthetic table.
    ///   - measurements: The measurements it was made from; their noisy total scales the counts.
    ///   - target: The attribute to predict, or `nil`.
    ///   - temporaryDirectory: A folder on a local disk for what memory does not hold.
    ///   - training: Pays for the distances; consumed whole.
    ///   - holdout: Pays for the score histogram; consumed whole, also when there is no target.
    /// - Returns: Noisy figures with 99% intervals. Distances are post-processed noisy integers with
    ///   discrete Gaussian noise; their intervals hold the noise, the training part is compared whole.
    /// - Throws: `CurationError` when a query is refused or the spool cannot be read.
    /// - Complexity: O(rows × pairs), in memory that does not grow with rows.
    public static func evaluate(
        curator: borrowing Curator, table: SyntheticTable, measurements: Measurements, target: Int?,
        temporaryDirectory: String, training: consuming PrivacyGrant,
        holdout: consuming PrivacyGrant
    ) throws(CurationError) -> UtilityEvidence {
        let model = try downstream(curator: curator, table: table, target: target, grant: holdout)
        let total = max(1, measurements.total)
        let answer = try discrepancy(
            of: pairs(of: table.sizes), curator: curator, table: table, total: total,
            temporaryDirectory: temporaryDirectory, grant: training)
        let unit = 2 * total * Double(1 << fractionBits)
        let error = Double(answer.sigma2, rounding: .toNearestOrEven).squareRoot() / unit
        return UtilityEvidence(
            meanTVD: .normal(Double(answer.mean) / unit, standardError: error, in: 0...1),
            worstTVD: .normal(Double(answer.worst) / unit, standardError: error, in: 0...1),
            pairs: pairs(of: table.sizes).count, model: model, charges: answer.charges)
    }

    /// The marginals that are compared: all pairs, of whatever size, or the one column there is.
    ///
    /// - Parameter sizes: Cells of each attribute.
    public static func pairs(of sizes: [Int]) -> [[Int]] {
        guard sizes.count > 1 else { return sizes.indices.map { [$0] } }
        return sizes.indices.flatMap { first in
            sizes.indices.dropFirst(first + 1).map { [first, $0] }
        }
    }

    /// Compares marginals, some at a time: their synthetic counts need not fit in memory together.
    private static func discrepancy(
        of cliques: [[Int]], curator: borrowing Curator, table: SyntheticTable, total: Double,
        temporaryDirectory: String, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyDiscrepancy {
        let scale = total / Double(table.rowCount) * Double(1 << fractionBits)
        var discrepancy = curator.discrepancy(fractionBits: fractionBits, in: .training)
        do throws(CurationError) {
            var start = 0
            while start < cliques.count {
                var end = start
                var cells = 0
                repeat {
                    cells += table.heldCount(of: cliques[end])
                    end += 1
                } while end < cliques.count
                    && cells + table.heldCount(of: cliques[end]) <= batchCells
                let batch = Array(cliques[start..<end])
                let synthetic = try table.counts(of: batch, spillingTo: temporaryDirectory).map {
                    $0.scaled(by: scale)
                }
                try curator.add(batch, synthetic: synthetic, to: &discrepancy)
                start = end
            }
        } catch {
            grant.burn()
            throw error
        }
        return try curator.answer(discrepancy, grant: grant)
    }

    private static func downstream(
        curator: borrowing Curator, table: SyntheticTable, target: Int?,
        grant: consuming PrivacyGrant
    ) throws(CurationError) -> ModelEvidence? {
        guard let target, let classes = classes(of: target, table: table) else {
            grant.burn()
            return nil
        }
        let (codes, rows) = table.block(0)
        let model = LogisticModel(
            codes: codes, rowCount: rows, sizes: table.sizes, target: target,
            positive: classes.positive, negatives: classes.negatives, seed: table.seed)
        let terms = table.sizes.indices.filter { $0 != target }.map { attribute in
            AdditiveScore.Term(
                attributes: [attribute], table: model.weights[attribute].map(ScoreBins.fixedPoint))
        }
        guard !terms.isEmpty else {
            grant.burn()
            return nil
        }
        // Fresh rows for the bins and for the promise: the model has not seen them.
        let freshCount = min(table.rowCount, SyntheticTable.blockRows)
        let fresh = table.rows(block: table.blockCount, count: freshCount)
        let scores = ScoreBins.scores(terms, codes: fresh, rowCount: freshCount, sizes: table.sizes)
        let thresholds = ScoreBins.thresholds(scores, bins: bins)
        func freshHistogram(_ isWanted: (Int) -> Bool) -> [Double] {
            let wanted = scores.indices.filter { isWanted(Int(fresh[target * freshCount + $0])) }
            return ScoreBins.histogram(wanted.map { scores[$0] }, thresholds: thresholds)
        }
        let promised =
            RankCurve(
                positives: freshHistogram { $0 == classes.positive },
                negatives: freshHistogram(classes.negatives.contains), positiveVariance: 0,
                negativeVariance: 0
            ).area()?.value ?? 0.5

        let answer = try curator.histogram(
            of: AdditiveScore(terms: terms, thresholds: thresholds), by: target, in: .holdout,
            grant: grant)
        let width = thresholds.count + 1
        func counts(_ label: Int) -> [Double] {
            answer.cells[label * width..<(label + 1) * width].map(Double.init)
        }
        var negatives = [Double](repeating: 0, count: width)
        for label in classes.negatives {
            for (bin, count) in counts(label).enumerated() { negatives[bin] += count }
        }
        let noise = Double(answer.sigma2, rounding: .toNearestOrEven)
        let auc = RankCurve(
            positives: counts(classes.positive), negatives: negatives, positiveVariance: noise,
            negativeVariance: noise * Double(classes.negatives.count),
            recordsPerUnit: curator.unitRows
        ).area()
        return ModelEvidence(
            target: target, positive: classes.positive, auc: auc, promisedAUC: promised,
            ratio: auc.map { $0.mapped(scale: 1 / max(promised, 0.5), offset: 0) },
            charge: answer.charge)
    }

    /// The positive cell and the negative ones, from synthetic counts.
    ///
    /// Of two values the rarer is positive, of more the most frequent against the rest. Missing and
    /// other cells take no part.
    private static func classes(
        of target: Int, table: SyntheticTable
    ) -> (positive: Int, negatives: Set<Int>)? {
        let cells = table.tallies(of: [[target]])[0]
        let values = table.valueCells(of: target).filter { cells[$0] > 0 }
        guard values.count >= 2 else { return nil }
        let sorted = values.sorted { (cells[$0], $0) < (cells[$1], $1) }
        let positive = values.count == 2 ? sorted[0] : sorted[sorted.count - 1]
        return (positive, Set(values).subtracting([positive]))
    }
}
