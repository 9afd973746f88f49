// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Which suite grades which operation of the known answers.
@Suite("Inventory of known answers", .enabled(if: Vectors.arePresent))
struct VectorInventoryTests {
    /// Operations by the file below `Tests` that grades them.
    private static let suites: [String: Set<String>] = [
        "PrivacyTests/ZeroConcentratedTests.swift": [
            "cdp_eps", "cdp_delta", "cdp_rho", "cdp_eps_of_gaussian", "pure_to_zcdp", "lifetime_6",
            "parallel_then_sequential", "contribution_k", "group_of_k_zcdp",
            "gaussian_plus_em_zcdp",
        ],
        "PrivacyTests/BoundsVectorTests.swift": [
            "zcdp_plus_delta", "rolling_window_4", "filter_refuses", "mst_plan", "aim_plan",
        ],
        "PrivacyTests/Accounting/ExactGaussianTests.swift": [
            "gaussian_epsilon", "gaussian_sigma", "gaussian_delta", "gaussian_k_epsilon",
            "gaussian_mixed_epsilon",
        ],
        "PrivacyTests/Accounting/FixedGaussianPlanTests.swift": [
            "dgauss_k_epsilon", "dgauss_delta",
        ],
        "PrivacyTests/Accounting/CompositionTests.swift": [
            "advanced_epsilon", "optimal_homogeneous_epsilon", "discrete_laplace_k_epsilon",
        ],
        "PrivacyTests/Accounting/RenyiTests.swift": [
            "laplace_rdp", "subsampled_gaussian_rdp", "subsampled_gaussian_rdp_epsilon",
            "subsampled_gaussian_pld_epsilon", "gnmax_rdp_data_independent", "gnmax_epsilon",
            "laplace_k_epsilon", "gaussian_plus_em_pld",
        ],
        "PrivacyTests/NoiseTests.swift": [
            "dgauss_pmf", "dlaplace_pmf", "dgauss_expected_counts", "dlaplace_expected_counts",
            "dgauss_variance",
        ],
        "PrivacyTests/CoinTests.swift": ["bernoulli_exp_probability"],
        "PrivacyTests/Selection/SelectionTests.swift": ["em_probabilities", "noisy_max_zcdp"],
        "PrivacyTests/Selection/PermuteAndFlipTests.swift": ["permute_and_flip_probabilities"],
        "PrivacyTests/Tails/TailTests.swift": [
            "dlaplace_threshold_delta", "dgauss_threshold_delta", "dlaplace_threshold",
            "dgauss_threshold",
        ],
        "SynthesisTests/RowCountVectorTests.swift": ["row_count_estimate"],
    ]

    /// Operations of mechanisms that this program decided against, and why.
    private static let unused = [
        "optimal_keep_probability":
            "thresholded integer noise is used: its two rounded inequalities cannot contradict"
    ]

    @Test(
        "every operation is graded by the suite it is listed under, or is of a mechanism not used")
    func inventory() throws {
        let graded = Self.suites.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        #expect(graded.isDisjoint(with: Self.unused.keys))
        #expect(graded.union(Self.unused.keys) == Vectors.operations)
        #expect(Self.suites.values.reduce(0) { $0 + $1.count } == graded.count)
        for (file, operations) in Self.suites {
            let place = Package.root.appendingPathComponent("Tests/\(file)")
            let text = try String(contentsOf: place, encoding: .utf8)
            for operation in operations {
                #expect(text.contains("of(\"\(operation)\")"), "\(file): \(operation)")
            }
        }
    }

    @Test("every table of known answers is read by a suite")
    func tables() throws {
        let readers = [
            "discrete_gaussian_pmf.csv": "NoiseTests.swift",
            "discrete_laplace_pmf.csv": "NoiseTests.swift",
            "discrete_gaussian_variance.csv": "BoundsVectorTests.swift",
            "gaussian_delta.csv": "Accounting/ExactGaussianTests.swift",
        ]
        for (table, reader) in readers {
            let place = Package.root.appendingPathComponent("Tests/PrivacyTests/\(reader)")
            #expect(try String(contentsOf: place, encoding: .utf8).contains("(\"\(table)\")"))
        }
        #expect(try Set(Vectors.tables()) == Set(readers.keys))
    }
}
