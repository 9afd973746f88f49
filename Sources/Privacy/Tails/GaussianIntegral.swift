// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Sums of w(x) = exp(−x²/(2s)), s = σ², caught between integrals of w, for σ so large that terms are too
/// many to add.
enum GaussianIntegral {
    private static let bits = 192

    /// Σ w(x) over all whole numbers.
    ///
    /// By Poisson summation it is √(2πs)·Σ exp(−2π²s·k²) over the whole numbers k: at least √(2πs), and for
    /// s ≥ 1 larger by a factor below 1 + 2^−26; for s ≥ 100, as here, below 1 + 2^−2800.
    static func normaliser(_ sigma2: Rational) -> Bracket {
        precondition(sigma2 >= 100, "the correction of Poisson summation is negligible from 100 on")
        let square = Bracket(
            2 * sigma2.numerator.magnitude, over: sigma2.denominator.magnitude, bits: 2 * bits)
        // ⌊π·2^128⌋.
        let pi = BigUInt(3) << 128 + BigUInt(0x243F_6A88_85A3_08D3_1319_8A2E_0370_7344 as UInt128)
        var product = square * Bracket(lower: pi, upper: pi + 1, places: 128)
        // A square root halves the places.
        if !product.places.isMultiple(of: 2) { product = product.places(product.places + 1) }
        return Bracket(
            lower: product.lower.squareRoot(),
            // Two more than the whole root: one for truncation, one for the factor above 1.
            upper: product.upper.squareRoot() + 2, places: product.places / 2)
    }

    /// Σ w(x) over x ≥ m, for m − 1/2 ≥ σ.
    ///
    /// Beyond σ the curve is convex, so each w(x) is at most its integral over x ± 1/2, and the trapezoids
    /// between whole numbers are at least the integral: ∫ from m of w, plus w(m)/2, is a lower end.
    static func tail(_ sigma2: Rational, from m: BigUInt) -> Bracket {
        let lower = integral(sigma2, fromHalves: 2 * m)
        let upper = integral(sigma2, fromHalves: 2 * m - 1)
        let edge = Bracket(
            expMinus: m * m * sigma2.denominator.magnitude, over: 2 * sigma2.numerator.magnitude,
            bits: bits)
        let half = Bracket(lower: edge.lower, upper: edge.upper, places: edge.places + 1)
        let places = max(lower.places, upper.places, half.places)
        return Bracket(
            lower: lower.places(places).lower + half.places(places).lower,
            upper: upper.places(places).upper, places: places)
    }

    /// ∫ of w from y = halves/2 upwards: w(y)·s/(y + s/(y + 2s/(y + 3s/(y + …)))).
    ///
    /// Laplace's continued fraction of the Mills ratio; its convergents are above and below the value in
    /// turn (Abramowitz and Stegun 1964, 26.2.14). At y ≥ σ, 400 levels leave less than one part in 10^20.
    private static func integral(_ sigma2: Rational, fromHalves halves: BigUInt) -> Bracket {
        let spread = Bracket(
            sigma2.numerator.magnitude, over: sigma2.denominator.magnitude, bits: bits)
        let edge = Bracket(lower: halves, upper: halves, places: 1)
        let deep = fraction(spread, edge, levels: 400)
        let deeper = fraction(spread, edge, levels: 401)
        let places = max(deep.places, deeper.places)
        let (first, second) = (deep.places(places), deeper.places(places))
        let hull = Bracket(
            lower: min(first.lower, second.lower), upper: max(first.upper, second.upper),
            places: places)
        let weight = Bracket(
            expMinus: halves * halves * sigma2.denominator.magnitude,
            over: 8 * sigma2.numerator.magnitude, bits: bits)
        return (weight * hull).rounded(to: bits)
    }

    /// The convergent of s/(y + s/(y + 2s/(…))) with the given number of levels.
    private static func fraction(_ spread: Bracket, _ edge: Bracket, levels: Int) -> Bracket {
        var denominator = edge
        for level in (1..<levels).reversed() {
            let factor = Bracket(lower: BigUInt(level), upper: BigUInt(level), places: 0)
            let inner = (spread * factor * denominator.reciprocal(bits: bits)).rounded(to: bits)
            denominator = (edge + inner).rounded(to: bits)
        }
        return (spread * denominator.reciprocal(bits: bits)).rounded(to: bits)
    }
}
