// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The law of a sum of discrete Gaussian draws of one σ², on the whole numbers −reach…reach.
struct IntegerLaw {
    /// Mass at −reach and up: the true ones within `relativeError`.
    var masses: [Double]
    /// No less than all mass beyond `reach` on either side.
    var outside: Double
    /// By how much masses may be off.
    var relativeError: Double

    /// The largest number kept.
    var reach: Int { masses.count / 2 }

    /// What no law here may need more than; beyond, `FixedGaussianPlan` uses the continuous bound.
    static let longest = 1 << 18

    /// The sum of `count` draws of σ², or `nil` where it would take too many numbers.
    ///
    /// From σ² = 4 on the sum is itself a discrete Gaussian of parameter count·σ², but for a factor within
    /// 10⁻¹⁶ of 1. Weights e^(−x²/2a) and e^(−x²/2b) convolve to e^(−x²/2(a+b)) times the sum of weights of
    /// parameter c = ab/(a+b) over a shifted lattice, which at every shift is √(2πc)·(1 ± θ),
    /// θ = 2·Σ e^(−2π²cj²) over j ≥ 1 (Poisson's formula, as in Micciancio and Regev 2007, Lemma 4.4). Adding
    /// the next draw to i of them has c = σ²·i/(i+1): θ < 1.5e-17 for i = 1 and σ² = 4, below 1e-22 from
    /// i = 2 on, and in all below 1.6e-17.
    ///
    /// - Parameters:
    ///   - sigma2: σ², above zero.
    ///   - count: At least 1.
    ///   - exponent: Masses below e^−exponent of the largest are counted as outside.
    init?(sigma2: Double, count: Int, exponent: Double) {
        if count == 1 || sigma2 >= 4 {
            self.init(sigma2: sigma2 * Double(count), exponent: exponent, error: 2e-16)
            return
        }
        guard let draw = IntegerLaw(sigma2: sigma2, exponent: exponent, error: 0) else {
            return nil
        }
        let width = (2 * sigma2 * Double(count) * exponent).squareRoot()
        guard width < 16384 else { return nil }
        self = Convolution.power(draw, count) { ($0 + $1).trimmed(exponent: exponent) }
    }

    /// One discrete Gaussian.
    private init?(sigma2: Double, exponent: Double, error: Double) {
        let width = (2 * sigma2 * exponent).squareRoot() + 2
        guard width < Double(Self.longest) else { return nil }
        let reach = Int(width)
        let half = (0...reach).map { exp(-Double($0) * Double($0) / (2 * sigma2)) }
        // Poisson's formula again: from σ² = 4 on the sum of all weights is √(2πσ²) to 34 digits.
        let sum =
            sigma2 >= 4
            ? (2 * Double.pi * sigma2).squareRoot()
            : 2 * half.dropFirst().reversed().reduce(0, +) + 1
        masses = (-reach...reach).map { half[abs($0)] / sum }
        let edge = half[reach] / sum
        // The masses fall, so the sum beyond is below the integral: Mills' bound, on both sides.
        outside = 2 * edge * sigma2 / Double(reach) + 1e-300
        relativeError = error + 1e-15 * (exponent + 8)
    }

    private init(masses: [Double], outside: Double, relativeError: Double) {
        self.masses = masses
        self.outside = outside
        self.relativeError = relativeError
    }

    static func + (left: IntegerLaw, right: IntegerLaw) -> IntegerLaw {
        IntegerLaw(
            masses: Convolution.of(left.masses, right.masses),
            outside: left.outside + right.outside + 1e-300,
            relativeError: left.relativeError + right.relativeError
                + Convolution.relativeError(left.masses.count, right.masses.count))
    }

    /// Without the numbers at both ends that are below e^−exponent.
    private func trimmed(exponent: Double) -> IntegerLaw {
        let least = exp(-exponent)
        let cut = masses.firstIndex { $0 >= least } ?? 0
        let dropped = 2 * masses[..<cut].reduce(0, +)
        return IntegerLaw(
            masses: Array(masses[cut..<masses.count - cut]), outside: outside + dropped * 1.000001,
            relativeError: relativeError)
    }
}
