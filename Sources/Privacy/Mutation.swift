// SPDX-License-Identifier: Apache-2.0

#if MUTANTS
    import Glibc

    /// A fault that is put in on purpose, one at a time, so that tests can show that it would be noticed.
    ///
    /// The test build alone has this code: it is compiled only with `-DMUTANTS`, which the test command sets and the
    /// commands that build the program do not.
    package enum Mutation: String, CaseIterable, Sendable {
        /// Noise of half the width that is charged for.
        case halvedSigma = "halved-sigma"
        /// The sensitivity of one record, although a unit may have more.
        case forgottenRows = "forgotten-rows"
        /// All records of a unit are kept, however many there are.
        case unboundedUnits = "unbounded-units"
        /// Keys are named from one below the threshold on.
        case loweredThreshold = "lowered-threshold"
        /// Keys are named where their exact counts reach the threshold, and get noise then.
        case exactNames = "exact-names"
        /// Queries are compared with the noisy threshold without noise of their own.
        case bareQueries = "bare-queries"
        /// Units of the holdout part are in the training part too.
        case overlappingParts = "overlapping-parts"
        /// The first marginal of a set gets no noise.
        case bareMarginal = "bare-marginal"
        /// Cells behind the last one that occurs are left out.
        case observedDomain = "observed-domain"
        /// The last cell makes the sum of a marginal the exact number of records.
        case exactTotal = "exact-total"
        /// Every noise source starts from the same key, and units are hashed under the same one.
        case fixedSeed = "fixed-seed"
        /// Units are counted once for each of their records where they should be counted once.
        case weightedUnits = "weighted-units"
        /// The charge is not on disk while noise is drawn.
        case chargeAfterNoise = "charge-after-noise"
        /// What was not finished is given back.
        case refundOnCrash = "refund-on-crash"

        /// The fault of the tests that run in this process.
        @TaskLocal package static var inProcess: Mutation?
        /// The fault of a whole program.
        private static let inEnvironment = unsafe getenv("SEMBLANCE_MUTATION")
            .flatMap { unsafe Mutation(rawValue: String(cString: $0)) }

        /// The fault that is in force.
        package static var active: Mutation? { inProcess ?? inEnvironment }

        /// Puts the faults of a noisy marginal in.
        ///
        /// - Parameters:
        ///   - noisy: The cells with noise.
        ///   - exact: The cells without.
        ///   - index: The marginal's place in its set.
        package static func corrupt(_ noisy: inout [Int64], exact: [Int64], index: Int) {
            switch active {
            case .bareMarginal where index == 0: noisy = exact
            case .observedDomain:
                let last = exact.lastIndex { $0 != 0 } ?? 0
                noisy.removeSubrange((last + 1)...)
            case .exactTotal:
                noisy[noisy.count - 1] += exact.reduce(0, +) - noisy.reduce(0, +)
            default: break
            }
        }
    }

    extension GaussianPlan {
        /// This plan, with noise of half the width.
        var halved: GaussianPlan {
            (try? GaussianPlan(sensitivity: sensitivity, sigma2: sigma2 / 4)) ?? self
        }
    }
#endif
