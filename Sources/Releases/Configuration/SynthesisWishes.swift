// SPDX-License-Identifier: Apache-2.0

import Governance
public import Privacy
import Synthesis

/// What the rows are to be right in, as a release file says it: by names of columns.
public struct SynthesisWishes: Sendable, Hashable {
    /// Columns that count otherwise than the rest.
    public struct Weight: Sendable, Hashable {
        /// The columns.
        public let columns: [String]
        /// What marginals that hold all of them are multiplied with.
        public let factor: Rational
    }

    /// Marginals of up to so many columns count.
    public let ways: Int
    /// Columns that count otherwise than the rest.
    public let weights: [Weight]
    /// Columns that somebody will predict.
    public let targets: [String]
    /// Cliques that are measured and kept in the model.
    public let preserved: [[String]]
    /// The most that the tables of a model may take, in MiB.
    public let modelMiB: Int

    /// The keys of `synthesis` that say it.
    static let keys = ["workload", "target", "preserve", "model"]

    /// Columns of one preserved clique, and cliques, at most.
    static let mostPreserved = 100

    /// Reads the wishes strictly.
    ///
    /// - Parameter synthesis: The mapping `synthesis`; nil where it is missing.
    init(_ synthesis: ConfigurationReader?) throws(ConfigurationError) {
        let workload = try synthesis?.mapping("workload", keys: ["ways", "weights"])
        ways = try workload?.integer("ways", in: 1...3) ?? 3
        var weights: [Weight] = []
        for item in try workload?.mappings("weights", keys: ["columns", "weight"]) ?? [] {
            guard let columns = try item.strings("columns"), !columns.isEmpty else {
                throw item.error("columns", "missing, expected one column or several")
            }
            let range = Rational(numerator: 1, denominator: 1000)...Rational(1000)
            guard let factor = try item.rational("weight"), range.contains(factor) else {
                throw item.error("weight", "missing or out of range, expected from 0.001 to 1000")
            }
            weights.append(Weight(columns: columns, factor: factor))
        }
        self.weights = weights
        targets = try synthesis?.strings("target") ?? []
        preserved = try synthesis?.lists("preserve") ?? []
        if let synthesis,
            preserved.count > Self.mostPreserved
                || preserved.contains(where: { $0.count < 2 || $0.count > Self.mostPreserved })
        {
            throw synthesis.error(
                "preserve",
                "expected at most \(Self.mostPreserved) lists, of at least two columns each")
        }
        let model = try synthesis?.mapping("model", keys: ["max_mib"])
        modelMiB =
            try model?.integer("max_mib", in: 1...16_384) ?? SynthesisTask.usualModelMiB
    }
}
