// SPDX-License-Identifier: Apache-2.0

import Privacy

/// Experiments on mechanisms that a noise source offers and no query of the curator has.
extension MechanismExperiment {
    /// The number of the canary's records.
    static let laplace = MechanismExperiment(name: "count, discrete Laplace") {
        (table, _, grant) throws(AuditError) in
        let plan: LaplacePlan
        var noise: NoiseSource
        do throws(NoiseError) {
            plan = try LaplacePlan(sensitivity: table.unitRows, rho: grant.rho)
            noise = try NoiseSource()
        } catch {
            grant.burn()
            throw .noise(error)
        }
        var count = [table.hasUnit ? Int64(table.unitRows) : 0]
        do throws(GrantError) {
            let charge = try noise.addLaplace(plan, to: &count, paying: grant)
            return (Double(count[0]), [charge])
        } catch {
            throw .grant(error)
        }
    }

    /// A choice between two scores that the canary turns round.
    static let permutation = MechanismExperiment(name: "choice, permute-and-flip") {
        (table, _, grant) throws(AuditError) in
        let epsilon: SelectionEpsilon
        var noise: NoiseSource
        do throws(NoiseError) {
            epsilon = try pureEpsilon(of: grant.rho)
            noise = try NoiseSource()
        } catch {
            grant.burn()
            throw .noise(error)
        }
        let own = Int128(table.unitRows)
        do throws(GrantError) {
            let chosen = try noise.permuteAndFlip(
                scores: table.hasUnit ? [own, 0] : [0, own], sensitivity: table.unitRows,
                epsilon: epsilon, paying: grant)
            return (chosen.index == 0 ? 1 : 0, [chosen.charge])
        } catch {
            throw .grant(error)
        }
    }

    /// Whether a query is above a threshold, which the canary alone brings it to.
    static let comparison = MechanismExperiment(name: "comparison, above-threshold") {
        (table, _, grant) throws(AuditError) in
        let above = try firstAbove([table.hasUnit ? 0 : -table.unitRows], table, grant)
        return (above.index == 0 ? 1 : 0, [above.charge])
    }

    /// Whether of several queries the last alone is above the threshold.
    ///
    /// The canary moves those before up and the last one down: then the threshold's noise and the last query's have
    /// to make up for it both, and ε is nearly used up as queries become many. Five of them tell most in 100 000
    /// runs, as more are rarely all below.
    static let comparisons = MechanismExperiment(name: "comparisons, above-threshold") {
        (table, _, grant) throws(AuditError) in
        let own = table.hasUnit ? table.unitRows : 0
        let before = Array(repeating: own - 2 * table.unitRows, count: 5)
        let above = try firstAbove(before + [-own], table, grant)
        return (above.index == before.count ? 1 : 0, [above.charge])
    }

    /// The place of the first query that is said to be above 0; `nil` where none is.
    private static func firstAbove(
        _ queries: [Int], _ table: Table, _ grant: consuming PrivacyGrant
    ) throws(AuditError) -> (index: Int?, charge: Charge) {
        let plan: AboveThresholdPlan
        let noise: NoiseSource
        do throws(NoiseError) {
            // Coarse, so that scales of noise keep within 31 bits.
            let steps = try (pureEpsilon(of: grant.rho).value * 1024).floor ?? 0
            plan = try AboveThresholdPlan(
                sensitivity: table.unitRows, epsilon: Rational(numerator: steps, denominator: 1024))
            noise = try NoiseSource()
        } catch {
            grant.burn()
            throw .noise(error)
        }
        do throws(GrantError) {
            var run = try AboveThreshold(plan, threshold: 0, noise: noise, paying: grant)
            var answers: [Bool?] = []
            for query in queries { answers.append(run.isAbove(Int64(query))) }
            return (answers.firstIndex(of: true), run.charge)
        } catch {
            throw .grant(error)
        }
    }

    /// Whether a key is named that the canary alone has.
    static let naming = MechanismExperiment(
        name: "names, thresholded", delta: Rational(numerator: 1, denominator: 3)
    ) { (table, _, grant) throws(AuditError) in
        guard let plan = table.names else {
            grant.burn()
            throw .unusable("names: found no threshold, expected one as δ is above 0")
        }
        let noise: NoiseSource
        do throws(NoiseError) {
            noise = try NoiseSource()
        } catch {
            grant.burn()
            throw .noise(error)
        }
        do throws(GrantError) {
            var counts = try ThresholdedCounts(plan, noise: noise, paying: grant)
            let named = counts.named(among: [240] + (table.hasUnit ? [1] : []))
            return (named.contains { $0.place == 1 } ? 1 : 0, [counts.charge])
        } catch {
            throw .grant(error)
        }
    }

    /// The ε of a pure mechanism that costs ρ = ε²/2.
    private static func pureEpsilon(of rho: Rho) throws(NoiseError) -> SelectionEpsilon {
        // A selection of the exponential kind costs a quarter of that.
        try SelectionEpsilon(rho: rho.scaled(by: Rational(numerator: 1, denominator: 4)))
    }
}
