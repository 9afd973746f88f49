// SPDX-License-Identifier: Apache-2.0

public import Curation
public import Evaluation
import Glibc
public import Privacy
import Synthesis

/// What a membership attack on the release achieved.
public struct MembershipEvidence: Sendable, Codable {
    /// The probability that a training record scores higher than a holdout record, ties half;
    /// `nil` when the noise hides it.
    public let auc: Estimate?
    /// `2 auc − 1`: 0 for a coin, 1 for certainty.
    public let advantage: Estimate?
    /// AUC of the same attack on public rows against a release that copies its members.
    public let positiveControlAUC: Double
    /// Whether the positive control succeeded, so that a low AUC means something.
    public let isConclusive: Bool
    /// What the two histograms cost: training part, holdout part.
    public let charges: [Charge]
}

/// Membership inference by the clique log-likelihood ratio.
///
/// The attacker knows the released rows, the fitted tree and a reference density, and scores a record
/// by `Σ_cliques log p_S(x_c) − Σ_separators log p_S(x_s) − Σ_i log p_R(x_i)`: the likelihood under
/// the model class of the release against a product of noisy one-way densities. It is the form of
/// TAMIS (Andrey, Le Bars and Tommasi 2025) and MAMA-MIA (Golob et al., arXiv 2410.05506), shrunk
/// towards the reference. The score of a record depends on public things and on that record alone, so both
/// histograms (members, controls) are counting queries.
public enum MembershipAttack {
    /// Bins of the score: enough for a rank curve, few enough that noise does not add up.
    static let bins = 16
    /// Rows of the positive control's release, and how many such releases are averaged.
    static let controlRows = 25, controlRounds = 20
    /// AUC that the positive control has to reach.
    static let controlAUC = 0.7

    /// Buys the score's histogram over the training part and over the holdout.
    ///
    /// - Parameters:
    ///   - curator: The curator of the real records.
    ///   - table: The fixed synthetic table.
    ///   - training: Pays for the members' histogram; consumed whole.
    ///   - holdout: Pays for the controls' histogram; consumed whole.
    /// - Returns: AUC and advantage. Both cells' noise is discrete Gaussian; intervals hold noise and
    ///   sampling, at 99% together with the linkage attack (Bonferroni).
    /// - Throws: `CurationError` when a query is refused or the spool cannot be read.
    public static func run(
        curator: borrowing Curator, table: SyntheticTable, training: consuming PrivacyGrant,
        holdout: consuming PrivacyGrant
    ) throws(CurationError) -> MembershipEvidence {
        let cliques = table.fitted.cliques
        let separators = table.fitted.separators
        let released = terms(
            cliques: cliques, separators: separators,
            cliqueCounts: table.tallies(of: cliques),
            separatorCounts: table.tallies(of: separators),
            reference: table.fitted.densities, rows: Double(table.rowCount))
        let (codes, count) = table.block(0)
        let scores = ScoreBins.scores(released, codes: codes, rowCount: count, sizes: table.sizes)
        let thresholds = ScoreBins.thresholds(scores, bins: bins)
        let score = AdditiveScore(terms: released, thresholds: thresholds)

        let control = positiveControl(table)
        let members = try curator.histogram(of: score, by: nil, in: .training, grant: training)
        let controls = try curator.histogram(of: score, by: nil, in: .holdout, grant: holdout)
        let auc = RankCurve(
            positives: members.cells.map(Double.init), negatives: controls.cells.map(Double.init),
            positiveVariance: Double(members.sigma2, rounding: .toNearestOrEven),
            negativeVariance: Double(controls.sigma2, rounding: .toNearestOrEven),
            recordsPerUnit: curator.unitRows
        ).area(z: Estimate.z99of2)
        return MembershipEvidence(
            auc: auc, advantage: auc.map { $0.mapped(scale: 2, offset: -1) },
            positiveControlAUC: control, isConclusive: control >= controlAUC,
            charges: [members.charge, controls.charge])
    }

    /// Prior mass of the reference in each density, in rows.
    static let prior = 1.0

    /// The score's tables, in fixed point: `log p_S(x_c) / p_R(x_c)` for cliques, its negative for
    /// separators.
    ///
    /// Densities are shrunk towards the reference, `p_S = (count + p_R) / (rows + 1)`, so that a cell
    /// the release does not hold says the same whether it is rare or not.
    static func terms(
        cliques: [[Int]], separators: [[Int]], cliqueCounts: [[Int64]], separatorCounts: [[Int64]],
        reference: [[Double]], rows: Double
    ) -> [AdditiveScore.Term] {
        // The floor keeps a cell that the noise emptied from deciding alone.
        let floored = reference.map { density in
            density.map { max($0, 0.5 / (rows + 0.5 * Double(density.count))) }
        }
        func ratios(_ attributes: [Int], _ counts: [Int64], sign: Double) -> AdditiveScore.Term {
            let expected = attributes.reduce([1.0]) { products, attribute in
                products.flatMap { product in floored[attribute].map { product * $0 } }
            }
            return AdditiveScore.Term(
                attributes: attributes,
                table: zip(counts, expected).map { count, density in
                    let released = (Double(count) + prior * density) / (rows + prior)
                    return ScoreBins.fixedPoint(sign * log(released / density))
                })
        }
        return zip(cliques, cliqueCounts).map { ratios($0, $1, sign: 1) }
            + zip(separators, separatorCounts).filter { !$0.0.isEmpty }
            .map { ratios($0, $1, sign: -1) }
    }

    /// AUC of the same attack where it must succeed.
    ///
    /// Public synthetic rows are the members, the release is an exact copy of them, and other
    /// synthetic rows are the controls. Spends nothing.
    static func positiveControl(_ table: SyntheticTable) -> Double {
        // Blocks beyond the table's own hold rows that are in no release.
        let areas = (0..<controlRounds).map { round in
            positiveControl(table, block: table.blockCount + 1 + 2 * round)
        }
        return areas.reduce(0, +) / Double(controlRounds)
    }

    private static func positiveControl(_ table: SyntheticTable, block: Int) -> Double {
        let count = controlRows
        let members = table.rows(block: block, count: count)
        let others = table.rows(block: block + 1, count: count)
        func counts(_ clique: [Int]) -> [Int64] {
            var cells = [Int64](
                repeating: 0, count: clique.reduce(1) { $0 * table.sizes[$1] })
            for row in 0..<count {
                var cell = 0
                for attribute in clique {
                    cell = cell * table.sizes[attribute] + Int(members[attribute * count + row])
                }
                cells[cell] += 1
            }
            return cells
        }
        let copied = terms(
            cliques: table.fitted.cliques, separators: table.fitted.separators,
            cliqueCounts: table.fitted.cliques.map(counts),
            separatorCounts: table.fitted.separators.map(counts),
            reference: table.fitted.densities, rows: Double(count))
        let inside = ScoreBins.scores(copied, codes: members, rowCount: count, sizes: table.sizes)
        let outside = ScoreBins.scores(copied, codes: others, rowCount: count, sizes: table.sizes)
        let thresholds = ScoreBins.thresholds(inside + outside, bins: bins)
        return RankCurve(
            positives: ScoreBins.histogram(inside, thresholds: thresholds),
            negatives: ScoreBins.histogram(outside, thresholds: thresholds), positiveVariance: 0,
            negativeVariance: 0
        ).area()?.value ?? 0.5
    }
}
