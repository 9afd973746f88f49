// SPDX-License-Identifier: Apache-2.0

import BigInt
import Synchronization

/// Which keys of an unknown set may be named: noise and threshold, fixed before any data is read.
///
/// Counts of the keys that occur get discrete Gaussian noise, and a key is named when its noisy count is at
/// least T. A unit adds at most k records, each to one key.
///
/// Cost (ρ, δ), as of approximate zCDP (Bun and Steinke 2016, Definition 8.1). Let D' be D and the records
/// of one more unit, n_i of them at key i, Σ n_i ≤ k. Let E be the event that no key of D' that D lacks
/// reaches T. Noise is independent, so given E the other keys have their own distribution: that of the
/// counts of D moved by (n_i), whose Euclidean norm is at most Σ n_i ≤ k. Hence ρ = k²/(2σ²) in both
/// directions, given E. Outside E lies at most δ = max Σ q(n_i), q(n) = P[X ≥ T − n], over the ways
/// to spread at most k records over new keys (union bound).
///
/// The maximum is at an end: max(q(k), k·q(1)). P[X = x] falls as x ≥ 0 grows, so q(n + 1) − q(n) =
/// P[X = T − 1 − n] grows with n ≤ T − 1, which makes q convex on 0…T. For j keys a convex sum is largest
/// where j − 1 of them have one record: (j − 1)·q(1) + q(k − j + 1); and that is convex in j, so largest
/// at j = 1 or j = k.
///
/// Texts are told apart by `keyBits` bits of a hash under a fresh secret key. The proof is for keys, and a key is
/// its text unless any two different texts of D' share a hash. That too lies outside E. D' has at most
/// N = `mostRecords` texts, records that were read and not kept among them, so it has probability at most
/// N²/2^(keyBits + 1), which is counted as δ.
public struct ThresholdPlan: Sendable, Hashable {
    /// The noise; its sensitivity is k.
    public let noise: GaussianPlan
    /// T: a key is named when its noisy count is at least this.
    public let threshold: Int
    /// The most keys that are named.
    public let mostKeys: Int
    /// Bits of the hash that tells keys apart; 0 where keys are themselves.
    public let keyBits: Int
    /// What it costs.
    public let cost: PrivacyCost

    /// The most records of a table whose keys are hashes.
    public static let mostRecords = 1 << 38

    /// The least noise and threshold within a budget.
    ///
    /// - Parameters:
    ///   - unitRows: k, at least 1.
    ///   - budget: ρ and δ, both above zero.
    ///   - mostKeys: The most keys that are named, at least 1.
    ///   - keyBits: Bits of the hash that tells keys apart, or 0.
    /// - Throws: `NoiseError.unusable` when the budget buys no noise, or no threshold is high enough.
    public init(
        unitRows: Int, budget: PrivacyCost, mostKeys: Int, keyBits: Int
    ) throws(NoiseError) {
        let noise = try GaussianPlan(sensitivity: unitRows, rho: budget.rho)
        let slack = Self.slack(keyBits: keyBits)
        let rest = budget.delta - slack
        guard rest > 0 else {
            throw .unusable(
                "delta \(budget.delta) is too small to name categories by; raise discovery.delta")
        }
        let tail = DiscreteGaussianTail(sigma2: noise.sigma2)
        // Two least points instead of a search: both tails fall as T grows.
        let alone = tail.leastPoint(delta: rest)
        let spread = tail.leastPoint(delta: rest / Rational(unitRows))
        guard let alone, let spread, alone < 1 << 60, spread < 1 << 60, unitRows < 1 << 60 else {
            throw .unusable("no threshold is high enough for delta \(budget.delta); raise delta")
        }
        // T − k and T − 1 reach their points, and q is convex up to T ≥ k.
        threshold = max(alone + unitRows, spread + 1)
        self.noise = noise
        self.mostKeys = mostKeys
        self.keyBits = keyBits
        cost =
            Mechanism.threshold(
                sigma2: noise.sigma2, sensitivity: unitRows, threshold: threshold, keys: mostKeys,
                keyBits: keyBits
            ).cost
    }

    /// What a grant pays for.
    public var mechanism: Mechanism {
        .threshold(
            sigma2: noise.sigma2, sensitivity: noise.sensitivity, threshold: threshold,
            keys: mostKeys, keyBits: keyBits)
    }

    /// N²/2^(keyBits + 1).
    static func slack(keyBits: Int) -> Rational {
        guard keyBits > 0 else { return 0 }
        return Rational(BigInt(mostRecords) * BigInt(mostRecords), over: BigInt(2) << keyBits)
    }

    /// δ of given parameters: at most 1, and proven only for T > k, below which 1 is said.
    static func delta(
        sigma2: Rational, unitRows: Int, threshold: Int, keyBits: Int
    ) -> Rational {
        guard threshold > unitRows else { return 1 }
        let tails = RememberedTails.delta(
            sigma2: sigma2, unitRows: unitRows, threshold: threshold)
        return min(1, tails + slack(keyBits: keyBits))
    }
}

/// δ of parameters that were asked for before: public numbers that take long to bound, and that an audit
/// of many runs or a table of many columns asks for again and again.
private enum RememberedTails {
    private struct Parameters: Hashable {
        let sigma2: Rational
        let unitRows: Int, threshold: Int
    }

    private static let most = 256
    private static let known = Mutex<[Parameters: Rational]>([:])

    /// max(P[X ≥ T − k], k·P[X ≥ T − 1]), from above.
    static func delta(sigma2: Rational, unitRows: Int, threshold: Int) -> Rational {
        let parameters = Parameters(sigma2: sigma2, unitRows: unitRows, threshold: threshold)
        if let delta = known.withLock({ $0[parameters] }) { return delta }
        let tail = DiscreteGaussianTail(sigma2: sigma2)
        let delta = max(
            tail.probability(atLeast: threshold - unitRows).upper,
            Rational(unitRows) * tail.probability(atLeast: threshold - 1).upper)
        known.withLock { known in
            if known.count >= most { known.removeAll() }
            known[parameters] = delta
        }
        return delta
    }
}
