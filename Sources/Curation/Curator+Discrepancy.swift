// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams

/// Distances between fixed synthetic marginals and real ones, added up marginal by marginal.
///
/// Holds exact distances; they cannot be read, and leave only through `Curator.answer`.
public struct Discrepancy: ~Copyable {
    let curator: Curator.Identity
    let part: Part
    let fractionBits: Int
    var sum: Int128 = 0
    var worst: Int128 = 0
    var count = 0
}

extension Curator {
    /// Begins a comparison of fixed synthetic marginals with real ones.
    ///
    /// Nothing is released or spent before `answer`. A comparison may be dropped.
    ///
    /// - Parameters:
    ///   - fractionBits: g, from 0 to 20: synthetic counts are in 2^g ths.
    ///   - part: The records asked.
    public borrowing func discrepancy(fractionBits: Int, in part: Part) -> Discrepancy {
        precondition((0...20).contains(fractionBits))
        return Discrepancy(curator: identity, part: part, fractionBits: fractionBits)
    }

    /// Compares further marginals, of any size: a sum over a huge clique runs over the cells that
    /// occur on either side, as all others add 0 to it.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each marginal; the product of their sizes is below 2⁶³.
    ///   - synthetic: For each marginal the synthetic counts, scaled to the part's size, in 2^g ths.
    ///   - discrepancy: The comparison; of this curator.
    /// - Throws: `CurationError`; nothing was released then.
    /// - Complexity: As `writeShard`.
    public borrowing func add(
        _ cliques: [[Int]], synthetic: [SyntheticCounts], to discrepancy: inout Discrepancy
    ) throws(CurationError) {
        for clique in cliques { try check(clique, sizes: sizes, most: .max - 1) }
        let cells = cliques.map { Self.cellCount($0, sizes) }
        guard discrepancy.curator === identity, synthetic.count == cliques.count,
            zip(synthetic, cells).allSatisfy({ $0.largest < UInt64($1) })
        else {
            throw .query(
                "comparison of marginals: found another curator's, or synthetic counts of other cells "
                    + "than the marginals have, expected one for each of its own marginals; "
                    + "count the synthetic table over these marginals")
        }
        let bits = discrepancy.fractionBits
        var totals: [Int128] = []
        let dense = cliques.indices.filter { cells[$0] <= Self.largestDense }
        for range in Self.batches(dense.map { cells[$0] }) {
            let tallies = try tallies(
                of: dense[range].map { cliques[$0] }, in: discrepancy.part, recoding: nil)
            for (index, counts) in zip(dense[range], tallies) {
                totals.append(
                    try Self.mapping { () throws(StreamError) in
                        let distance = try L1Distance(synthetic[index], bits: bits)
                        for key in counts.indices where counts[key] != 0 {
                            try distance.add(UInt64(key), counts[key])
                        }
                        return try distance.finish()
                    })
            }
        }
        let sparse = cliques.indices.filter { cells[$0] > Self.largestDense }
        let distances = try Self.mapping { () throws(StreamError) in
            try sparse.map { (index) throws(StreamError) in
                try L1Distance(synthetic[index], bits: bits)
            }
        }
        try sparseTallies(of: sparse.map { cliques[$0] }, in: discrepancy.part) {
            (index, entries) throws(StreamError) in
            for entry in entries { try distances[index].add(entry.key, entry.count) }
        }
        for distance in distances { totals.append(try Self.mapping(distance.finish)) }
        for total in totals {
            discrepancy.sum += total
            discrepancy.worst = max(discrepancy.worst, total)
        }
        discrepancy.count += cliques.count
    }

    /// How far fixed synthetic marginals are from real ones: noisy mean and noisy maximum.
    ///
    /// With `t_p = Σ_i |2^g x_i − m_i|` over all cells i of marginal p, one unit changes each `t_p` by at
    /// most `Δ = 2^g k`: adding or removing it changes the `x_i` by at most k in all, and each
    /// term by at most 2^g times the change of its own `x_i` (triangle inequality), whatever the
    /// m. That a sum over a huge marginal skips the cells with `x_i = m_i = 0` changes no `t_p`, as
    /// those terms are 0: a unit that brings a cell into being is counted there by the same rule. The
    /// maximum changes by at most Δ. The mean of M of them changes by at most Δ before rounding,
    /// and rounding down keeps that: if `b ≤ a + Δ` with integer Δ then `⌊b⌋ ≤ ⌊a + Δ⌋ = ⌊a⌋ + Δ`. Both get
    /// discrete Gaussian noise with `σ² = Δ²/ρ`, half of the grant each. Total variation distance is
    /// `t / (2 · 2^g · n)`.
    ///
    /// - Parameters:
    ///   - discrepancy: The comparison, of at least one marginal and of this curator.
    ///   - grant: Pays; consumed whole.
    /// - Returns: Noisy integers.
    /// - Throws: `CurationError`; nothing was released then.
    public borrowing func answer(
        _ discrepancy: consuming Discrepancy, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyDiscrepancy {
        let half = grant.rho.scaled(by: Rational(numerator: 1, denominator: 2))
        let plan: GaussianPlan
        do throws(CurationError) {
            try discrepancy.part.requirePaid(by: grant.scope)
            guard discrepancy.curator === identity, discrepancy.count > 0 else {
                throw CurationError.query(
                    "comparison of marginals: found none, or another curator's, expected one of this "
                        + "curator with at least one marginal; add marginals first")
            }
            // So that the sensitivity cannot overflow.
            guard unitRows <= 1 << 30 else {
                throw CurationError.query(
                    "comparison of marginals: found a cap of \(unitRows) records per unit, expected at "
                        + "most \(1 << 30); lower unit.rows")
            }
            plan = try self.plan(half, sensitivity: unitRows << discrepancy.fractionBits)
        } catch {
            grant.burn()
            throw error
        }
        var noise = try Self.noiseSource()
        // Far above any real distance, and a limit makes no difference larger.
        let limit: Int128 = 1 << 62
        var mean = [Int64(min(discrepancy.sum / Int128(discrepancy.count), limit))]
        var worst = [Int64(min(discrepancy.worst, limit))]
        var charges: [Charge] = []
        do {
            charges.append(
                try noise.addGaussian(plan, to: &mean, paying: try grant.take(half)))
            charges.append(
                try noise.addGaussian(plan, to: &worst, paying: try grant.take(half)))
        } catch {
            throw .grant(error)
        }
        grant.burn()
        return NoisyDiscrepancy(
            mean: mean[0], worst: worst[0], sigma2: plan.sigma2, charges: charges)
    }
}
