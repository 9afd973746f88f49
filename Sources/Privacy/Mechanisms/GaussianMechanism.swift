// SPDX-License-Identifier: Apache-2.0

import BigInt

extension NoiseSource {
    /// Adds an independent discrete Gaussian draw to every count of one query.
    ///
    /// Distribution: P[x] ∝ exp(−x²/(2σ²)) on the whole numbers, exactly (Canonne, Kamath and Steinke 2020,
    /// Definition 1 and Theorem 4). Privacy: costs `plan.cost` when one unit moves `counts` by at most
    /// `plan.sensitivity` in the Euclidean norm.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - counts: The exact counts, at least one; replaced by noisy ones.
    ///   - grant: Pays, before anything is drawn; consumed whole.
    /// - Returns: The receipt.
    /// - Throws: `GrantError.overdrawn` when the grant does not cover the cost; `counts` are exact still and
    ///   must not leave the wall.
    public mutating func addGaussian(
        _ plan: GaussianPlan, to counts: inout [Int64], paying grant: consuming PrivacyGrant
    ) throws(GrantError) -> Charge {
        let charge = try grant.spend(plan.mechanism(cells: counts.count))
        addGaussian(plan, to: &counts)
        return charge
    }

    /// Adds an independent discrete Gaussian draw to every count.
    ///
    /// The draw itself, for mechanisms that have been paid. Takes well below a microsecond per count while
    /// σ² < 2^23.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - counts: The exact counts, replaced by noisy ones.
    mutating func addGaussian(_ plan: GaussianPlan, to counts: inout [Int64]) {
        leaveParentBehind()
        switch plan.shape.width {
        case .word: addDraws(of: DiscreteGaussianSampler<UInt64>(plan.shape), to: &counts)
        case .doubleWord: addDraws(of: DiscreteGaussianSampler<UInt128>(plan.shape), to: &counts)
        case .unbounded: addDraws(of: DiscreteGaussianSampler<BigUInt>(plan.shape), to: &counts)
        }
    }

    /// One discrete Gaussian draw.
    ///
    /// - Parameter plan: The noise.
    /// - Returns: P[x] ∝ exp(−x²/(2σ²)) on the whole numbers.
    mutating func gaussian(_ plan: GaussianPlan) -> Int64 {
        var draw: [Int64] = [0]
        addGaussian(plan, to: &draw)
        return draw[0]
    }

    private mutating func addDraws<Number>(
        of sampler: DiscreteGaussianSampler<Number>, to counts: inout [Int64]
    ) {
        for index in counts.indices { counts[index] += sampler.draw(from: &self) }
    }
}
