// SPDX-License-Identifier: Apache-2.0

import BigInt

/// The exact parameter ε of a selection, and what it costs.
public struct SelectionEpsilon: Sendable, Hashable {
    /// The exact parameter.
    public let value: Rational

    /// The largest ε on the grid e/2^24 whose cost ε²/8 is within `rho`.
    ///
    /// For small budgets the grid is made finer, so that e keeps at least 20 bits.
    ///
    /// - Parameter rho: The budget, above zero.
    /// - Throws: `NoiseError.unusable` when the budget is zero or beyond what the mechanism can use.
    public init(rho: Rho) throws(NoiseError) {
        guard rho > .zero else {
            throw .unusable("no privacy budget for a selection; reserve more or select less")
        }
        let square = rho.value * 8
        let size = square.numerator.magnitude.bitWidth - square.denominator.magnitude.bitWidth
        // √square ≥ 2^((size-1)/2), so this many places leave 20 bits.
        let places = max(24, 21 - (size - 1) / 2)
        let scaled = (square * Rational(BigInt(1) << (2 * places), over: 1)).bigFloor
        let root = BigInt(scaled.magnitude.squareRoot())
        try self.init(Rational(root, over: BigInt(1) << places))
    }

    /// A given ε.
    ///
    /// - Parameter value: Above zero and below 2^16; numerator and denominator fit 60 bits.
    /// - Throws: `NoiseError.unusable` otherwise.
    public init(_ value: Rational) throws(NoiseError) {
        guard value > 0, value < 65_536, value.numerator.bitWidth <= 61,
            value.denominator.bitWidth <= 61
        else {
            throw .unusable("selection epsilon \(value) is out of range; change the budget")
        }
        self.value = value
    }

    /// The largest ε on the grid whose cost by permute-and-flip, ε²/2, is within `rho`.
    ///
    /// - Parameter rho: The budget, above zero.
    /// - Throws: `NoiseError.unusable` when the budget is zero or beyond what the mechanism can use.
    public init(permuteAndFlip rho: Rho) throws(NoiseError) {
        try self.init(rho: rho.scaled(by: Rational(numerator: 1, denominator: 4)))
    }

    /// The exact zCDP cost ε²/8 of the exponential mechanism (Cesar and Rogers 2021).
    public var cost: Rho { Rho(boundedRange: value) }

    /// What a grant pays for when a selection is made by the exponential mechanism.
    ///
    /// - Parameters:
    ///   - sensitivity: By how much one privacy unit can move any score, at least 1.
    ///   - candidates: The number of scores, at least 1.
    /// - Returns: The mechanism with its true parameters.
    public func mechanism(sensitivity: Int, candidates: Int) -> Mechanism {
        .exponential(epsilon: value, sensitivity: sensitivity, candidates: candidates)
    }
}
