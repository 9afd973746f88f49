// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
import Glibc
import Governance
import Ledger
import Privacy
import Synthesis
import Tables

/// Makes plans, and opens what `release` is given.
public enum Planner {
    /// Plans a release from its files and the ledger, without reading a record.
    ///
    /// - Parameters:
    ///   - path: The release file.
    ///   - records: How many records the table has about, as public knowledge; `nil` takes the number that the
    ///     release writes, where it says one.
    /// - Returns: The plan.
    /// - Throws: `ReleaseError`: `noInput`, `configuration`, `notPermitted`, or what the ledger says.
    public static func plan(
        releaseFile path: String, records: Int? = nil
    ) throws(ReleaseError) -> Plan {
        try plan(PreparedRelease(path: path), records: records)
    }

    /// Opens a release file, or a plan made from one.
    static func open(_ path: String) throws(ReleaseError) -> (PreparedRelease, Plan) {
        guard path.hasSuffix(".json") else {
            let prepared = try PreparedRelease(path: path)
            return (prepared, try plan(prepared))
        }
        let bytes = try Files.read(path, what: "plan")
        guard let plan = try? JSONDecoder().decode(Plan.self, from: Data(bytes)),
            plan.format == Plan.currentFormat
        else {
            throw ReleaseError(
                .configuration, "not a plan: \(path): expected what 'semblance plan --output' wrote"
            )
        }
        let prepared = try PreparedRelease(path: plan.releaseFile)
        let changed = [
            (plan.inputs.release == prepared.digests.release, plan.releaseFile),
            (plan.inputs.schema == prepared.digests.schema, prepared.file.schema),
            (plan.inputs.policy == prepared.digests.policy, prepared.file.policy),
            (plan.inputs.reused == prepared.digests.reused, "reused measurements"),
        ].filter { !$0.0 }.map(\.1)
        guard changed.isEmpty else {
            throw ReleaseError(
                .planStale,
                "plan is stale: \(path): \(changed.joined(separator: ", ")) changed since; plan again"
            )
        }
        return (prepared, plan)
    }

    private static func plan(
        _ prepared: PreparedRelease, records: Int? = nil
    ) throws(ReleaseError) -> Plan {
        let file = prepared.file
        try prepared.checkEarlier()
        let split = prepared.split
        let discovery = try prepared.discoveryPlan()
        // Of the table's records only these are measured.
        let training = Rational(1) - (file.evidence?.holdout ?? 0)
        // Of a domain that is still to be found out, the most cells that it can have.
        let sizes = prepared.schema.mostCells
        let open = Set(prepared.schema.openAttributes)
        let synthesis = SynthesisPlan(
            method: prepared.method, task: prepared.task, rho: split.synthesis)
        let sigmas: [Double]
        let forecast: Plan.Forecast
        do {
            sigmas = try synthesis.oneWaySigmas()
            forecast = try Plan.Forecast(
                synthesis, of: prepared, training: training, records: records ?? file.rows)
        } catch {
            throw ReleaseError(
                .configuration,
                "privacy too small to use: \(prepared.path): \(error); raise epsilon")
        }
        return Plan(
            format: Plan.currentFormat, release: file.name, releaseFile: prepared.path,
            inputs: prepared.digests, epsilon: file.epsilon.description,
            delta: scientific(file.delta), rho: prepared.rho.description,
            accountant: file.accountant.rawValue, exactEpsilon: prepared.exactEpsilon,
            convertedEpsilon: prepared.convertedEpsilon,
            unit: file.unitColumn.map { "all records of one \($0), at most \(file.unitRows) used" }
                ?? "one record",
            method: prepared.method.rawValue, reason: prepared.methodReason,
            trainingShare: training.description, stages: stages(split, synthesis),
            columns: sizes.enumerated().map { attribute, cells in
                Plan.ColumnError(
                    column: prepared.schema.attributeNames[attribute], cells: cells,
                    sigma: sigmas[attribute],
                    usefulRecords: usefulRecords(
                        cells: cells, sigma: sigmas[attribute], training: training),
                    isAtMost: open.contains(attribute) ? true : nil)
            },
            forecast: forecast,
            discovery: discovery.steps.isEmpty
                ? nil : discovery.steps.map(Plan.Discovery.init),
            constraints: prepared.constraints.isEmpty
                ? nil : prepared.constraints.declared.map(\.text),
            tallyMiB: tallyMiB(sizes, hasEvidence: file.evidence != nil),
            readingMiB: readingMiB(sizes, hasUnit: file.unitColumn != nil),
            workload: prepared.method == .independent ? nil : Plan.Workload(prepared),
            model: prepared.method.isTree && sizes.count > 1
                ? Plan.Model(synthesis.task, method: prepared.method) : nil,
            thresholds: file.gate.mapValues(\.description),
            reused: prepared.reused,
            budget: try budget(prepared), archive: prepared.archivePath)
    }

    /// Records of the table from which the noise's expected total variation error, `½ Σ E|X| / n` with n
    /// training records, is at most 0.05.
    private static func usefulRecords(cells: Int, sigma: Double, training: Rational) -> Int {
        let trained = 0.5 * Double(cells) * sigma * (2 / Double.pi).squareRoot() / 0.05
        return Int(min((trained / Double(training, rounding: .down)).rounded(.up), 1e15))
    }

    private static func stages(_ split: BudgetSplit, _ synthesis: SynthesisPlan) -> [Plan.Stage] {
        let rounds = Rational(synthesis.choices)
        let own = [
            ("discovery of domains", split.discovery.rho), ("number of records", synthesis.count),
            ("columns", synthesis.oneWay),
            ("errors of pairs", synthesis.errors),
            ("columns kept together", synthesis.preserved),
            (
                synthesis.method == .aim ? "choice of marginals" : "choice of pairs",
                synthesis.perChoice.scaled(by: rounds)
            ),
            (
                synthesis.method == .aim ? "marginals of columns" : "pairs of columns",
                synthesis.pairs
            ),
        ]
        return own.filter { $0.1 > .zero }.map {
            Plan.Stage(purpose: $0.0, part: "training", rho: $0.1.description)
        }
            + split.stages.filter {
                $0.purpose != "synthesis" && $0.purpose != "discovery of domains"
            }
    }

    /// What a thread that reads holds: a chunk of text and the places of its fields, and blocks of codes
    /// on their way to each part, or to the partitions of units.
    private static func readingMiB(_ sizes: [Int], hasUnit: Bool) -> Int {
        let record = sizes.reduce(0) { $0 + ($1 <= 256 ? 1 : 2) }
        let blocks = 4 * CodeSpoolFacts.blockRows * record
        return 1 + (6 * 262_144 + blocks + (hasUnit ? CodeSpoolFacts.unitBytes : 0)) >> 20
    }

    /// Tallies of all columns and pairs, as far as one pass holds them, and the fixed memory of sparse
    /// ones where evidence compares pairs of more cells than are counted densely.
    private static func tallyMiB(_ sizes: [Int], hasEvidence: Bool) -> Int {
        var cells = sizes.reduce(0, +)
        let isSparse =
            hasEvidence
            && sizes.sorted().suffix(2).reduce(1, *) > Curator.largestDense && sizes.count > 1
        for first in sizes.indices {
            for second in sizes.indices.dropFirst(first + 1) {
                cells = min(
                    Curator.passCells,
                    cells + min(Curator.largestDense, sizes[first] * sizes[second]))
            }
        }
        // Exact counts and estimates, eight bytes each.
        return max(1, cells * 16 >> 20) + (isSparse ? CodeSpoolFacts.sparseBytes >> 20 : 0)
    }

    private static func budget(_ prepared: PreparedRelease) throws(ReleaseError) -> Plan.Budget {
        let standings = try LedgerAccess.standings(prepared)
        let life = standings[0]
        let population = prepared.policy.population
        return Plan.Budget(
            population: population, capEpsilon: life.cap.epsilon.description,
            capDelta: scientific(life.cap.delta),
            spentEpsilon: BudgetWords.epsilon(life.spent, life.cap),
            afterEpsilon: BudgetWords.epsilon(life.spent + prepared.cost, life.cap),
            isAffordable: standings.allSatisfy { $0.affords(prepared.cost) },
            asked: prepared.rho.description, remaining: life.remaining.description,
            policyLimits: standings.dropFirst().map {
                Plan.LimitFigure(
                    limit: $0.limit.description,
                    cap: $0.cap.description,
                    spentEpsilon: BudgetWords.epsilon($0.spent, $0.cap),
                    afterEpsilon: BudgetWords.epsilon($0.spent + prepared.cost, $0.cap),
                    isAffordable: $0.affords(prepared.cost))
            },
            refusal: standings.first { !$0.affords(prepared.cost) }?
                .refusal(of: prepared.cost, population: population).description)
    }
}
