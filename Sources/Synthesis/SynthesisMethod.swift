// SPDX-License-Identifier: Apache-2.0

import Curation

/// Which statistics are measured and what model is fitted to them.
public enum SynthesisMethod: String, Sendable, Codable, CaseIterable {
    /// What `mixture` or `tree` measures, whichever noisy figures expect to err less; no model is fitted by
    /// this name.
    case auto
    /// One-way marginals only.
    case independent
    /// One-way marginals and a forest of two-way marginals chosen under differential privacy.
    case mst
    /// All one- and two-way marginals.
    case mixture
    /// One-way marginals, and marginals of up to three columns that are chosen round by round.
    case aim
    /// One-way marginals and the pairs of a clique tree that is chosen in one shot from noisy errors.
    case tree
    /// One-way marginals and coarse pairs for a Gaussian copula.
    case copula

    /// The method in a sentence.
    public var summary: String { implementation.summary }

    /// Every marginal that the method may ask for, or can be computed from one, beside the columns.
    ///
    /// - Parameters:
    ///   - sizes: Cells of each attribute.
    ///   - workload: Which marginals count.
    /// - Returns: Cliques in order, each of at most `Curator.largestDense` cells but for preserved ones.
    public func queries(of sizes: [Int], workload: Workload) -> [[Int]] {
        switch self {
        case .independent: []
        case .copula: Workload.sets(of: 2, among: sizes.indices)
        case .auto, .mst, .mixture, .tree: SynthesisPlan.pairs(of: sizes) + workload.preserved
        case .aim:
            SynthesisPlan.pairs(of: sizes) + workload.preserved
                + (workload.ways > 2
                    ? Workload.sets(of: 3, among: sizes.indices).filter {
                        Curator.cellCount($0, sizes) <= Curator.largestDense
                    } : [])
        }
    }

    /// The most columns of a clique that the method's model can be made to hold.
    public var largestPreserved: Int {
        switch self {
        case .independent, .copula: 1
        case .mixture: 2
        case .auto, .mst, .aim, .tree: .max
        }
    }

    /// Whether the model is or may be a junction tree, whose size grows with what is measured.
    public var isTree: Bool {
        switch self {
        case .auto, .independent, .mst, .aim, .tree: true
        case .mixture, .copula: false
        }
    }

    /// Whether columns enter the fit without the noise that they show by themselves: neighbouring cells of an order
    /// averaged, and no count below 0, see `ColumnDensities`.
    var usesOrder: Bool {
        switch self {
        case .independent, .mst: false
        case .auto, .mixture, .aim, .tree, .copula: true
        }
    }
}
