// SPDX-License-Identifier: Apache-2.0

/// A cap that is kept whatever is asked next: a privacy filter for zCDP and its approximate form.
///
/// Charges are admitted while their exact sums stay within the cap, and each may depend on everything
/// released before, its parameters included. All of what was admitted together then costs at most the
/// cap (Feldman and Zrnic 2021, Theorem 4.3, for zCDP; Whitehouse, Ramdas, Rogers and Wu 2023, Theorem 1,
/// for approximate zCDP). A filter is no odometer: the claim that holds is the cap's, fixed in advance; the
/// running sum is a figure to plan with until nothing more can be charged.
public struct PrivacyFilter: Sendable, Hashable {
    /// What all charges together may cost.
    public let cap: PrivacyCost
    /// What they cost so far; never above `cap`.
    public private(set) var charged: PrivacyCost

    /// An unused cap.
    ///
    /// - Parameter cap: The limit of the sums of both parts.
    public init(cap: PrivacyCost) {
        self.cap = cap
        charged = .zero
    }

    /// The cap that promises (ε, δ) with a part of δ set aside for thresholds.
    ///
    /// - Parameters:
    ///   - epsilon: Above zero.
    ///   - delta: Above `thresholds` and below one; anything else stops the program.
    ///   - thresholds: What all approximate charges may add up to, at least zero.
    public init(epsilon: Rational, delta: Rational, thresholds: Rational = 0) {
        let rho = ZeroConcentrated.largestRho(
            epsilon: epsilon, delta: delta, thresholds: thresholds)
        self.init(cap: PrivacyCost(rho, delta: thresholds))
    }

    /// What may still be charged.
    public var remaining: PrivacyCost { cap - charged }

    /// Whether a charge would stay within the cap; compared exactly.
    ///
    /// - Parameter cost: What is asked.
    /// - Returns: Whether both sums stay within the cap.
    public func admits(_ cost: PrivacyCost) -> Bool { cap.covers(charged + cost) }

    /// Charges a cost, or refuses it and leaves the sums as they are.
    ///
    /// - Parameter cost: What is asked; charge it before the mechanism runs.
    /// - Throws: `Refusal` when a sum would be above the cap.
    public mutating func charge(_ cost: PrivacyCost) throws(Refusal) {
        guard admits(cost) else { throw Refusal(asked: cost, remaining: remaining) }
        charged += cost
    }

    /// A charge that the cap does not allow.
    public struct Refusal: Error, Hashable, CustomStringConvertible {
        /// What was asked.
        public let asked: PrivacyCost
        /// What may still be charged.
        public let remaining: PrivacyCost

        /// What was asked and what remains.
        public var description: String {
            "privacy filter: asked \(asked), remaining \(remaining); ask for less"
        }
    }
}
