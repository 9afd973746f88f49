// SPDX-License-Identifier: Apache-2.0

import GraphicalModels
import Privacy
import Synthesis

extension Plan {
    /// Which marginals count, by names of columns.
    public struct Workload: Codable, Sendable {
        /// Columns that count otherwise than the rest.
        public struct Weight: Codable, Sendable {
            /// The columns.
            public let columns: [String]
            /// What marginals that hold all of them are multiplied with, exact.
            public let factor: String
        }

        /// Marginals of up to so many columns count.
        public let ways: Int
        /// Columns that count otherwise than the rest.
        public let weights: [Weight]
        /// Columns that somebody will predict; marginals that hold one count four times.
        public let targets: [String]
        /// Cliques that are measured and kept in the model.
        public let preserved: [[String]]

        init(_ prepared: PreparedRelease) {
            let wishes = prepared.file.wishes
            ways = wishes.ways
            weights = wishes.weights.map {
                Weight(columns: $0.columns, factor: $0.factor.description)
            }
            targets = wishes.targets
            preserved = wishes.preserved
        }

        /// The workload for a person, in a line and one more for each wish.
        var lines: [String] {
            let counts = ["1-way", "1- and 2-way", "1-, 2- and 3-way"]
            return ["all \(counts[min(max(ways, 1), 3) - 1]) marginals"]
                + weights.map { "\($0.columns.joined(separator: " x ")) counts \($0.factor) times" }
                + targets.map { "\($0) is a target: its marginals count 4 times" }
                + preserved.map { "\($0.joined(separator: " x ")) is measured and kept together" }
        }
    }

    /// What a model that is a junction tree may take.
    public struct Model: Codable, Sendable {
        /// The cap of its tables in MiB, eight bytes a cell.
        public let maxMiB: Int
        /// What its tables take at least, in MiB, rounded up: columns alone and the preserved cliques.
        public let leastMiB: Int
        /// Whether the plan is kept smaller than the method would make it, should it come to the cap.
        public let isCapped: Bool

        init(_ task: SynthesisTask, method: SynthesisMethod) {
            maxMiB = task.modelCells >> 17
            let size = JunctionTree.predictedSize(
                domain: Domain(sizes: task.sizes),
                cliques: task.workload.preserved.map { Clique($0) })
            leastMiB = (size.cells >> 17) + 1
            isCapped = Model.most(task, method: method) > task.modelCells
        }

        /// Cells of the largest tree that a method could make.
        private static func most(_ task: SynthesisTask, method: SynthesisMethod) -> Int {
            let pairs = SynthesisPlan.pairs(of: task.sizes)
                .map { task.sizes[$0[0]] * task.sizes[$0[1]] }.sorted(by: >)
            switch method {
            case .mst: return pairs.prefix(task.sizes.count - 1).reduce(0, +)
            case .auto, .aim, .tree: return pairs.isEmpty ? 0 : .max
            default: return 0
            }
        }

        /// The model for a person.
        var line: String {
            "a tree's tables take at most \(maxMiB) MiB"
                + (isCapped
                    ? "; what would make them larger is not measured, or in cells that are merged first"
                    : "")
        }
    }
}
