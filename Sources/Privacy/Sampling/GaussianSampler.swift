// SPDX-License-Identifier: Apache-2.0

import BigInt

/// The exact sampler that serves a number of draws of one plan fastest.
///
/// All have the same distribution. The choice looks at σ², the number of cells, and which tables earlier choices
/// built. All are public, but for thresholds, where cells are the keys that occur: how many there are shows
/// in nothing but the time that it takes, which is not protected.
enum GaussianSampler: Sendable {
    case table(GaussianTable)
    case word(DiscreteGaussianSampler<UInt64>)
    case doubleWord(DiscreteGaussianSampler<UInt128>)
    case unbounded(DiscreteGaussianSampler<BigUInt>)

    /// - Parameters:
    ///   - plan: The noise.
    ///   - cells: The number of draws.
    init(_ plan: GaussianPlan, cells: Int) {
        if let table = GaussianTableCache.shared.table(for: plan.sigma2, draws: cells) {
            self = .table(table)
            return
        }
        self.init(rejecting: plan)
    }

    /// Rejection after Canonne, Kamath and Steinke, in the narrowest arithmetic.
    init(rejecting plan: GaussianPlan) {
        self =
            switch plan.shape.width {
            case .word: .word(DiscreteGaussianSampler(plan.shape))
            case .doubleWord: .doubleWord(DiscreteGaussianSampler(plan.shape))
            case .unbounded: .unbounded(DiscreteGaussianSampler(plan.shape))
            }
    }

    /// Adds an independent draw to every count; a sum beyond 64 bits stops the program.
    func addDraws<Source: BitSource & ~Copyable>(
        to counts: inout MutableSpan<Int64>, from source: inout Source
    ) {
        switch self {
        case .table(let table):
            for index in counts.indices { counts[index] += table.draw(from: &source) }
        case .word(let sampler):
            for index in counts.indices { counts[index] += sampler.draw(from: &source) }
        case .doubleWord(let sampler):
            for index in counts.indices { counts[index] += sampler.draw(from: &source) }
        case .unbounded(let sampler):
            for index in counts.indices { counts[index] += sampler.draw(from: &source) }
        }
    }
}
