// SPDX-License-Identifier: Apache-2.0

public import Curation
import Glibc
public import Privacy

/// Measures what a method needs, against one grant.
public enum Synthesizer {
    /// Measures a table's training part.
    ///
    /// Statement of privacy: every noisy figure is a discrete Gaussian answer and every choice an
    /// exponential mechanism, each paid from the grant; what follows looks at noisy figures only. The
    /// whole satisfies `grant.rho`-zCDP for add/remove of a privacy unit (Bun and Steinke 2016,
    /// Lemma 2.3; adaptive composition within a fixed ρ).
    ///
    /// `mixture` measures every pair, with no choice at all. `mst` is MST (McKenna, Miklau and Sheldon 2021,
    /// Algorithm 1) with three changes: a pair's score is
    /// lowered by the noise its measurement would add, `√(2/π) σ · cells`; choosing nothing competes at
    /// a score of 0, so the tree may stay a forest; and what unused choices leave over goes to the
    /// pairs, each in proportion to `cells^⅔`, which minimises the summed L1 noise.
    ///
    /// - Parameters:
    ///   - curator: The curator of the real records.
    ///   - grant: Pays; consumed whole.
    ///   - method: What to measure.
    ///   - schemaDigest: SHA-256 of the schema, kept with the measurements.
    ///   - orderedCells: For each attribute how many of its first cells have an order, by the schema; 0 for
    ///     none, and nil for none of all.
    /// - Returns: Noisy measurements.
    /// - Throws: `SynthesisError`; the charge stays.
    /// - Complexity: O(rows × attributes²) for `mst` and `mixture`, O(rows × attributes) for `independent`.
    public static func run(
        curator: borrowing Curator, grant: consuming PrivacyGrant, method: SynthesisMethod,
        schemaDigest: String, orderedCells: [Int]? = nil
    ) throws(SynthesisError) -> Measurements {
        let orderedCells = orderedCells ?? curator.sizes.map { _ in 0 }
        precondition(orderedCells.count == curator.sizes.count, "one number an attribute")
        let plan = SynthesisPlan(
            method: method, sizes: curator.sizes, unitRows: curator.unitRows, rho: grant.rho)
        let singles = plan.sizes.indices.map { [$0] }
        let oneWay = try measure(
            singles, weights: plan.oneWayShares, recoding: nil, curator: curator,
            grant: try take(plan.oneWay, from: &grant))
        guard plan.pairCount > 0 else {
            grant.burn()
            return Measurements(
                schemaDigest: schemaDigest, method: method, sizes: plan.sizes, oneWay: oneWay,
                recoding: .identity(sizes: plan.sizes), merged: [], choices: [],
                orderedCells: orderedCells)
        }
        let recoding: Recoding
        let last: [[Int]]
        let power: Int
        var charges: [Charge] = []
        if method == .mixture {
            let sigma = try self.pairSigma(plan)
            let total = max(1, NoisyTotals.total(oneWay).value)
            recoding =
                Compression(
                    oneWay,
                    counts: ColumnDensities.counts(
                        oneWay, orderedCells: orderedCells, total: total),
                    orderedCells: orderedCells, pairSigma: sigma, total: total
                ).recoding
            last = SynthesisPlan.pairs(of: plan.sizes)
            power = 1
        } else {
            let compression = Compression(oneWay, threshold: 3)
            recoding = compression.recoding
            let edges = try chooseForest(
                plan: plan, compression: compression, oneWay: oneWay, curator: curator,
                grant: &grant, charges: &charges)
            // Without an edge the rest sharpens the columns.
            last = edges.isEmpty ? singles : edges
            power = 2
        }
        let merged = try measure(
            last, weights: weights(last, sizes: recoding.sizes, power: power), recoding: recoding,
            curator: curator, grant: grant)
        return Measurements(
            schemaDigest: schemaDigest, method: method, sizes: plan.sizes, oneWay: oneWay,
            recoding: recoding, merged: merged, choices: charges, orderedCells: orderedCells)
    }

    private static func pairSigma(_ plan: SynthesisPlan) throws(SynthesisError) -> Double {
        do {
            return try plan.pairSigma()
        } catch {
            throw .noise(error)
        }
    }

    /// Chooses pairs, one exponential mechanism each, until they span or nothing is worth its noise.
    private static func chooseForest(
        plan: SynthesisPlan, compression: Compression, oneWay: [NoisyMarginal],
        curator: borrowing Curator, grant: inout PrivacyGrant, charges: inout [Charge]
    ) throws(SynthesisError) -> [[Int]] {
        let total = max(1, NoisyTotals.total(oneWay).value)
        let densities = oneWay.map {
            NoisyTotals.projected(compression.merged($0).values, total: total).map { $0 / total }
        }
        let candidates = SynthesisPlan.pairs(of: plan.sizes)
        let sigma = try pairSigma(plan)
        // Choices compare real counts with the product of columns, and noise with what it replaces.
        let unit = Double(1 << Curator.estimateBits)
        let estimates = candidates.map { pair in
            densities[pair[0]].flatMap { first in
                densities[pair[1]].map { Int64((first * $0 * total * unit).rounded()) }
            }
        }
        let penalties = estimates.map {
            Int64(((2 / Double.pi).squareRoot() * sigma * Double($0.count) * unit).rounded())
        }
        var selector: MarginalSelector
        do {
            selector = try curator.selector(
                candidates: candidates, estimates: estimates, penalties: penalties,
                recoding: compression.recoding)
        } catch {
            throw .curation(error)
        }
        var forest = SpanningForest(count: plan.sizes.count)
        var edges: [[Int]] = []
        for _ in 0..<plan.choices {
            let open = candidates.indices.filter {
                forest.separates(candidates[$0][0], candidates[$0][1])
            }
            guard !open.isEmpty else { break }
            let choice: Int?
            let payment = try take(plan.perChoice, from: &grant)
            do {
                choice = try selector.choose(among: open, orNothingAt: 0, grant: payment)
            } catch {
                throw .curation(error)
            }
            guard let choice else { break }
            forest.join(candidates[choice][0], candidates[choice][1])
            edges.append(candidates[choice])
        }
        charges = selector.charges
        return edges
    }

    /// Shares in proportion to a power of the cells, in thirds.
    ///
    /// With `σ_m ∝ 1/√ρ_m`, two thirds minimise `Σ cells_m σ_m`, the L1 noise of marginals that are used as
    /// they are. A fit that shrinks them does best with one third.
    static func weights(_ cliques: [[Int]], sizes: [Int], power: Int) -> [Rational] {
        let parts = cliques.map { clique in
            let root = cbrt(clique.reduce(1.0) { $0 * Double(sizes[$1]) }) * 64
            return (0..<power).reduce(1) { product, _ in product * max(1, Int(root.rounded())) }
        }
        let sum = parts.reduce(0, +)
        return parts.map { Rational(numerator: $0, denominator: sum) }
    }

    private static func measure(
        _ cliques: [[Int]], weights: [Rational]?, recoding: Recoding?, curator: borrowing Curator,
        grant: consuming PrivacyGrant
    ) throws(SynthesisError) -> [NoisyMarginal] {
        do {
            return try curator.measure(
                cliques, weights: weights, recoding: recoding, in: .training, grant: grant)
        } catch {
            throw .curation(error)
        }
    }

    private static func take(
        _ rho: Rho, from grant: inout PrivacyGrant
    ) throws(SynthesisError) -> PrivacyGrant {
        do {
            return try grant.take(rho)
        } catch {
            throw .grant(error)
        }
    }
}
