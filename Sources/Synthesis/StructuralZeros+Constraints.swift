// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Tables

extension StructuralZeros {
    /// Cells of a rule's columns up to which it is held inside a model.
    private static let largestRule = 1_000_000

    /// Merged cells that no record which keeps a schema's constraints has, of those columns that a model holds
    /// together anyway.
    ///
    /// A merged cell is impossible where all its members are. Other combinations are redrawn row by row, see
    /// `ConstraintSet.mend`.
    ///
    /// - Parameters:
    ///   - constraints: The constraints; they follow from the schema, not from records.
    ///   - recoding: The merging of cells.
    ///   - cliques: The attributes of each marginal that was measured.
    static func zeros(
        of constraints: ConstraintSet, recoding: Recoding, cliques: [[Int]]
    ) -> [StructuralZeros] {
        constraints.impossibleCells(limit: largestRule).compactMap { impossible in
            let attributes = impossible.attributes
            guard cliques.contains(where: { Set(attributes).isSubset(of: $0) }) else { return nil }
            let merged = attributes.map { recoding.sizes[$0] }
            let sizes = attributes.map { recoding.maps[$0].count }
            // Merged cells without members stay as they are.
            var isForbidden = [Bool](repeating: false, count: merged.reduce(1, *))
            var isPossible = isForbidden
            for (cell, isImpossible) in impossible.isImpossible.enumerated() {
                var rest = cell
                var place = 0
                var step = 1
                for index in attributes.indices.reversed() {
                    place += step * Int(recoding.maps[attributes[index]][rest % sizes[index]])
                    step *= merged[index]
                    rest /= sizes[index]
                }
                if isImpossible { isForbidden[place] = true } else { isPossible[place] = true }
            }
            for place in isForbidden.indices where isPossible[place] { isForbidden[place] = false }
            guard isForbidden.contains(true) else { return nil }
            return StructuralZeros(clique: Clique(attributes), isForbidden: isForbidden)
        }
    }
}
