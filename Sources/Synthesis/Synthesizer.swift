// SPDX-License-Identifier: Apache-2.0

public import Curation
public import Privacy

/// Measures what a method needs, against one grant.
public enum Synthesizer {
    /// Measures a table's training part.
    ///
    /// Statement of privacy: every noisy figure is a discrete Gaussian answer and every choice an
    /// exponential mechanism, each paid from the grant; what follows looks at noisy figures only. The
    /// whole satisfies `grant.rho`-zCDP for add/remove of a privacy unit (Bun and Steinke 2016,
    /// Lemma 2.3; adaptive composition within a fixed ρ, see `MeasuringPath`). What each method asks stands in
    /// its own file.
    ///
    /// - Parameters:
    ///   - curator: The curator of the real records.
    ///   - grant: Pays; consumed whole.
    ///   - method: What to measure.
    ///   - schemaDigest: SHA-256 of the schema, kept with the measurements.
    ///   - orderedCells: For each attribute how many of its first cells have an order, by the schema; 0 for
    ///     none, and nil for none of all.
    ///   - workload: Which marginals count, and how much.
    ///   - modelMiB: The most that the tables of a junction tree may take.
    /// - Returns: Noisy measurements.
    /// - Throws: `SynthesisError`; the charge stays.
    /// - Complexity: O(rows × attributes) for `independent`, O(rows × workload) for `aim` and
    ///   O(rows × attributes²) for the others, and what choosing takes, see each method.
    public static func run(
        curator: borrowing Curator, grant: consuming PrivacyGrant, method: SynthesisMethod,
        schemaDigest: String, orderedCells: [Int]? = nil, workload: Workload = Workload(),
        modelMiB: Int = SynthesisTask.usualModelMiB
    ) throws(SynthesisError) -> Measurements {
        let task = SynthesisTask(
            sizes: curator.sizes, unitRows: curator.unitRows, orderedCells: orderedCells,
            workload: workload, modelMiB: modelMiB)
        let plan = SynthesisPlan(method: method, task: task, rho: grant.rho)
        var path = MeasuringPath(grant)
        let stages: MeasuredStages
        do {
            stages = try method.implementation.measure(by: plan, along: &path, curator: curator)
        } catch {
            path.finish()
            throw error
        }
        let choices = path.choices
        path.finish()
        return Measurements(
            schemaDigest: schemaDigest, method: stages.model ?? method, reason: stages.reason,
            sizes: task.sizes, count: stages.count, oneWay: stages.oneWay,
            recoding: stages.recoding, merged: stages.merged, choices: choices,
            orderedCells: task.orderedCells)
    }

    /// What `auto` will do by public facts alone.
    ///
    /// - Parameter task: The table and what is wanted of it.
    /// - Returns: The method, and why in a phrase; nil where noisy figures decide.
    public static func publicChoice(
        of task: SynthesisTask
    ) -> (method: SynthesisMethod, reason: String)? {
        Auto.publicChoice(of: task)
    }
}
