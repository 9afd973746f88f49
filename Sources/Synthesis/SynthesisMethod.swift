// SPDX-License-Identifier: Apache-2.0

/// Which statistics are measured and what model is fitted to them.
public enum SynthesisMethod: String, Sendable, Codable, CaseIterable {
    /// One-way marginals only.
    case independent
    /// One-way marginals and a forest of two-way marginals chosen under differential privacy.
    case mst
    /// All one- and two-way marginals.
    case mixture

    /// The method in a sentence.
    public var summary: String {
        switch self {
        case .independent:
            "Every column is measured and sampled on its own; nothing between columns is learnt."
        case .mst:
            "Every column is measured, then the pairs of columns that a product of columns gets most "
                + "wrong are chosen one by one into a forest and measured "
                + "(MST: McKenna, Miklau and Sheldon 2021), and a graphical model is fitted."
        case .mixture:
            "Every column and every pair of columns is measured, with rare cells merged, and a mixture "
                + "of products of columns is fitted to all of them, so that noise that nothing explains "
                + "is left out."
        }
    }
}
