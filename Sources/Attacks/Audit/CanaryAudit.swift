// SPDX-License-Identifier: Apache-2.0

import Curation
public import Privacy
public import Synthesis

/// Experiments on whole runs of a synthesizer, from measuring to synthetic rows, with and without a canary.
///
/// The attacker knows everything but whether the canary is there: all other records, and the parameters. White box
/// it sees the noisy measurements and scores all counts by the sufficient statistic for the canary (but not noisy
/// errors of pairs, which tell little beside them); black box it sees
/// synthetic rows alone.
public struct CanaryAudit: Sendable {
    /// Synthetic rows that the black-box attacker gets: many more than there are records, so that sampling hides
    /// little.
    static let rows = 2400

    /// What the attacker sees of a run.
    public enum View: Sendable {
        /// All noisy measurements.
        case measurements
        /// Synthetic rows and nothing else; fitting and sampling take most of the time of a run.
        case rows
    }

    /// The method.
    public let method: SynthesisMethod
    /// The synthesizer's budget for one run.
    public let rho: Rho
    /// What the attacker sees.
    public let view: View
    /// Which marginals count, and how much.
    public let workload: Workload
    /// The most that the tables of a junction tree may take, in MiB.
    public let modelMiB: Int

    /// Creates an audit.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - rho: The synthesizer's budget for one run, above 0.
    ///   - view: What the attacker sees.
    ///   - workload: Which marginals count, and how much.
    ///   - modelMiB: The most that the tables of a junction tree may take.
    public init(
        method: SynthesisMethod, rho: Rho, view: View, workload: Workload = Workload(),
        modelMiB: Int = SynthesisTask.usualModelMiB
    ) {
        self.method = method
        self.rho = rho
        self.view = view
        self.workload = workload
        self.modelMiB = modelMiB
    }

    /// Runs the synthesizer and tests its claims.
    ///
    /// - Parameters:
    ///   - worlds: The two tables.
    ///   - runs: Runs on each of them.
    ///   - claims: What is claimed of each run.
    ///   - falseAlarm: The probability that any true claim is rejected (Bonferroni).
    ///   - progress: Gets what is audited and the number of runs that are done; may stop the audit.
    /// - Returns: Findings for each score and claim.
    /// - Throws: `AuditError` when the synthesizer refuses. Complexity: O(runs × cost of a run).
    public func findings(
        in worlds: borrowing CanaryWorlds, runs: Int, claims: [PrivacyClaim], falseAlarm: Double,
        progress: (String, Int) throws(AuditError) -> Void = { (_, _) throws(AuditError) in }
    ) throws(AuditError) -> [AuditFinding] {
        let names =
            view == .rows ? ["synthetic rows"] : CanaryScores.names(columns: worlds.sizes.count)
        var trials = Array(repeating: Trials(), count: names.count)
        for run in 0..<runs {
            for hasUnit in [false, true] {
                let measurements = try measure(worlds, hasUnit: hasUnit)
                let scores =
                    switch view {
                    case .measurements: CanaryScores.values(of: measurements, in: worlds)
                    case .rows:
                        [
                            try CanaryScores.rows(
                                of: measurements, canary: worlds.canary, count: Self.rows,
                                seed: UInt64(2 * run) + (hasUnit ? 1 : 0))
                        ]
                    }
                for (index, score) in scores.enumerated() {
                    trials[index].add(score, hasUnit: hasUnit)
                }
            }
            try progress("\(method.rawValue), \(view == .rows ? "rows" : "measurements")", run + 1)
        }
        return zip(names, trials).flatMap { name, trials in
            trials.findings(
                on: claims, name: name, falseAlarm: falseAlarm / Double(names.count))
        }
    }

    private func measure(
        _ worlds: borrowing CanaryWorlds, hasUnit: Bool
    ) throws(AuditError) -> Measurements {
        try worlds.ask(hasUnit: hasUnit, cost: PrivacyCost(rho)) {
            (curator, grant) throws(AuditError) in
            do throws(SynthesisError) {
                return try Synthesizer.run(
                    curator: curator, grant: grant, method: method, schemaDigest: "invented",
                    workload: workload, modelMiB: modelMiB)
            } catch {
                throw .synthesis(error)
            }
        }
    }
}

/// Scores of a run that are larger, or other, with the canary than without it.
enum CanaryScores {
    /// What `values` gives, in its order.
    static func names(columns: Int) -> [String] {
        ["all measurements", "number of records", "number of cells"]
            + (0..<columns).map { "column \($0)" }
    }

    /// Scores of the noisy measurements.
    ///
    /// The first is the sufficient statistic of all Gaussian noise, `Σ k (y_m − D_m)/σ_m² / √(Σ k²/σ_m²)` over the
    /// canary's cells y_m, of which D_m records are others': it is N(0, 1) without the canary and N(μ, 1) with it,
    /// `μ² = Σ k²/σ_m²`. A number of records or of cells that is not noisy, and a marginal that has less noise than the
    /// rest, show in the others.
    static func values(of measurements: Measurements, in worlds: borrowing CanaryWorlds) -> [Double]
    {
        let identity = Recoding.identity(sizes: worlds.sizes)
        var statistic = 0.0, information = 0.0
        func excess(_ marginal: NoisyMarginal, _ recoding: Recoding) -> Double {
            let (place, common) = worlds.cell(of: marginal.attributes, under: recoding)
            guard marginal.cells.indices.contains(place) else { return 0 }
            return Double(marginal.cells[place]) - Double(common)
        }
        func add(_ marginal: NoisyMarginal, _ excess: Double) {
            let variance = Double(marginal.sigma2, rounding: .toNearestOrEven)
            statistic += excess / variance
            information += 1 / variance
        }
        if let count = measurements.count {
            let all = Recoding(
                maps: worlds.sizes.map { Array(repeating: 0, count: $0) },
                sizes: worlds.sizes.map { _ in 1 })
            add(count, excess(count, all))
        }
        let columns = measurements.oneWay.map { excess($0, identity) }
        for (marginal, excess) in zip(measurements.oneWay, columns) { add(marginal, excess) }
        for marginal in measurements.merged {
            add(marginal, excess(marginal, measurements.recoding))
        }
        let cells = measurements.oneWay.reduce(0) { $0 + $1.cells.count }
        return [statistic / information.squareRoot(), measurements.total, Double(cells)] + columns
    }

    /// Synthetic rows that share the canary's codes, summed over columns, pairs of the model and whole rows.
    static func rows(
        of measurements: Measurements, canary: [Int], count: Int, seed: UInt64
    ) throws(AuditError) -> Double {
        let fitted: FittedSynthesizer
        do {
            fitted = try measurements.fit()
        } catch {
            throw .synthesis(error)
        }
        let codes = fitted.rows(block: 0, count: count, seed: seed)
        let cliques = fitted.cliques + [Array(canary.indices)]
        var matches = 0
        for row in 0..<count {
            let isMatch = canary.indices.map { Int(codes[$0 * count + row]) == canary[$0] }
            matches += cliques.count { clique in clique.allSatisfy { isMatch[$0] } }
        }
        return Double(matches)
    }
}
