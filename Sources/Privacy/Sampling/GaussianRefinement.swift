// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Finishes an inversion whose bits did not decide yet: the same U, with more bits and more digits of B.
///
/// Each round appends 64 bits to U and computes every weight anew with that many more places, in numbers of
/// any size. U stays what it was, so the distribution is the exact one; a new start would favour the
/// outcomes that decide early.
struct GaussianRefinement {
    private let numerator: BigUInt
    private let divisor: BigUInt
    /// The bits of U so far: prefix ≤ 2^bits·U < prefix + 1.
    private var prefix: BigUInt
    private var bits: Int

    /// - Parameters:
    ///   - sigma2: Above zero.
    ///   - bits: The number of bits drawn.
    ///   - prefix: Those bits.
    init(sigma2: Rational, bits: Int, of prefix: BigUInt) {
        numerator = sigma2.numerator.magnitude
        divisor = sigma2.denominator.magnitude
        self.bits = bits
        self.prefix = prefix
    }

    /// The absolute value of the draw.
    @inline(never)
    mutating func finish<Source: BitSource & ~Copyable>(from source: inout Source) -> Int64 {
        while true {
            prefix = prefix << 64 + BigUInt(source.word())
            bits += 64
            if let magnitude = certainMagnitude() { return magnitude }
        }
    }

    /// The least x with U < B(x); `nil` when the bits so far lead to no single one.
    func certainMagnitude() -> Int64? {
        let places = bits + 64
        let normaliser = normaliser(places)
        // U < S/Z when (prefix + 1)·Z ≤ 2^bits·S, and U ≥ S/Z when prefix·Z ≥ 2^bits·S.
        let below = (prefix + 1) * normaliser.upper
        let above = prefix * normaliser.lower
        var walk = Walk(numerator, divisor, places)
        while true {
            if below <= walk.lower << bits { return walk.x }
            // Not certainly below this one: certainly above it, or undecided.
            guard above >= walk.upper << bits, !walk.isOver else { return nil }
            walk.step()
        }
    }

    /// Ends of Z in units of 2^−places.
    private func normaliser(_ places: Int) -> (lower: BigUInt, upper: BigUInt) {
        var walk = Walk(numerator, divisor, places)
        while !walk.isOver { walk.step() }
        // The weights that follow fall faster than the geometric series of the last ratio.
        let one = BigUInt(1) << places
        let rest = 2 * ((walk.weightUpper << places) / (one - walk.ratioUpper) + 1)
        return (walk.lower, walk.upper + rest)
    }

    /// Ends of S(x) for x = 0, 1, … in units of 2^−places.
    private struct Walk {
        private(set) var x: Int64 = 0
        private(set) var lower: BigUInt
        private(set) var upper: BigUInt
        /// Ends of w(x + 1).
        private var weightLower: BigUInt
        private(set) var weightUpper: BigUInt
        private var ratioLower: BigUInt
        private(set) var ratioUpper: BigUInt
        private let quotientLower: BigUInt
        private let quotientUpper: BigUInt
        private let places: Int

        init(_ numerator: BigUInt, _ divisor: BigUInt, _ places: Int) {
            self.places = places
            lower = BigUInt(1) << places
            upper = lower
            (weightLower, weightUpper) = Self.ends(divisor, over: 2 * numerator, places)
            (quotientLower, quotientUpper) = Self.ends(divisor, over: numerator, places)
            ratioLower = (weightLower * quotientLower) >> places
            ratioUpper = (weightUpper * quotientUpper) >> places + 1
        }

        private static func ends(
            _ numerator: BigUInt, over denominator: BigUInt, _ places: Int
        ) -> (BigUInt, BigUInt) {
            let power = Bracket(expMinus: numerator, over: denominator, bits: places + 8)
            let excess = power.places - places
            return (power.lower >> excess, power.upper >> excess + 1)
        }

        /// Whether rounding, of about x² units, has caught up with the weights.
        var isOver: Bool { weightUpper <= BigUInt(x + 2) * BigUInt(x + 2) }

        mutating func step() {
            x += 1
            lower += 2 * weightLower
            upper += 2 * weightUpper
            weightLower = (weightLower * ratioLower) >> places
            weightUpper = (weightUpper * ratioUpper) >> places + 1
            ratioLower = (ratioLower * quotientLower) >> places
            ratioUpper = (ratioUpper * quotientUpper) >> places + 1
        }
    }
}
