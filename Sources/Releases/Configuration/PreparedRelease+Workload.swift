// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Synthesis
import Tables

extension PreparedRelease {
    /// The workload of a release file, by the places of its columns.
    ///
    /// - Throws: `ReleaseError` with status `configuration` for a column that is not measured, or twice in one set.
    static func workload(
        of file: ReleaseFile, in schema: Schema, path: String
    ) throws(ReleaseError) -> Workload {
        func attributes(_ names: [String], _ key: String) throws(ReleaseError) -> [Int] {
            var found: [Int] = []
            for name in names {
                guard let attribute = schema.attribute(named: name) else {
                    throw ReleaseError(
                        .configuration,
                        "no such column: \(path), key synthesis.\(key): found '\(name)', expected one of "
                            + schema.attributeNames.joined(separator: ", "))
                }
                guard !found.contains(attribute) else {
                    throw ReleaseError(
                        .configuration,
                        "column twice: \(path), key synthesis.\(key): found '\(name)' again, expected each "
                            + "once; remove one")
                }
                found.append(attribute)
            }
            return found.sorted()
        }
        let wishes = file.wishes
        var weights: [Workload.Weight] = []
        for weight in wishes.weights {
            weights.append(
                Workload.Weight(
                    attributes: try attributes(weight.columns, "workload.weights"),
                    factor: weight.factor))
        }
        var preserved: [[Int]] = []
        for columns in wishes.preserved {
            preserved.append(try attributes(columns, "preserve"))
        }
        return Workload(
            ways: wishes.ways, weights: weights,
            targets: try attributes(wishes.targets, "target"), preserved: preserved)
    }

    /// The table and what is wanted of it: public facts.
    ///
    /// Of a domain that is still to be found out, the most cells that it can have.
    var task: SynthesisTask {
        SynthesisTask(
            sizes: schema.mostCells, unitRows: file.unitRows, workload: workload,
            modelMiB: file.wishes.modelMiB)
    }

    /// Refuses cliques that the method's model cannot hold, or not within its size, before any budget is spent.
    func checkPreserved() throws(ReleaseError) {
        let sizes = schema.mostCells
        guard workload.preserved.isEmpty || !SynthesisPlan.pairs(of: sizes).isEmpty else {
            throw ReleaseError(
                .configuration,
                "cannot be preserved: \(path), key synthesis.preserve: found no two columns of at most "
                    + "\(grouped(Curator.largestDense)) cells together, without which no method looks beyond columns; "
                    + "use fewer bins")
        }
        for clique in workload.preserved {
            let names = clique.map { schema.attributeNames[$0] }.joined(separator: ", ")
            guard clique.count <= method.largestPreserved else {
                throw ReleaseError(
                    .configuration,
                    "cannot be preserved: \(path), key synthesis.preserve: found \(names), but method "
                        + "\(method.rawValue) keeps "
                        + (method.largestPreserved > 1 ? "pairs at most" : "none")
                        + "; use method auto, tree, aim or mst")
            }
            guard Curator.cellCount(clique, sizes) <= Curator.largestMarginal else {
                throw ReleaseError(
                    .configuration,
                    "too many cells: \(path), key synthesis.preserve: found "
                        + clique.map { String(sizes[$0]) }.joined(separator: " · ")
                        + " of \(names), expected a product of at most \(Curator.largestMarginal); name "
                        + "fewer columns or use fewer bins")
            }
        }
        guard method.isTree, !workload.preserved.isEmpty else { return }
        let size = JunctionTree.predictedSize(
            domain: Domain(sizes: sizes), cliques: workload.preserved.map { Clique($0) })
        guard size.cells <= task.modelCells else {
            let needed = (size.cells >> 17) + 1
            throw ReleaseError(
                .configuration,
                "model too large: \(path), key synthesis.preserve: found cliques whose junction tree takes "
                    + (size.cells >= 1 << 45 ? "more than a machine has" : "\(needed) MiB")
                    + ", expected at most \(file.wishes.modelMiB); raise synthesis.model.max_mib or "
                    + "preserve less")
        }
    }
}
