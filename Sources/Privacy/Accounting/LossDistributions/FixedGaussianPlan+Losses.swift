// SPDX-License-Identifier: Apache-2.0

import BigInt
import Glibc

extension FixedGaussianPlan {
    /// μ of continuous noise that is no more private than the plan, where every σ² is at least 16.
    ///
    /// Continuous noise of variance σ² − 4, rounded by a discrete Gaussian of parameter 4 around it, is
    /// discrete Gaussian noise of parameter σ² but for a factor within 10⁻³³ of 1 (Poisson's formula, as for
    /// `IntegerLaw`), and rounding is post-processing that moves with whole numbers. So the discrete plan is
    /// (ε, δ)-DP wherever the continuous one of μ² = Σ 1/(σ² − 4) is, but for that factor.
    var smoothMu: Double? {
        guard counts.keys.allSatisfy({ $0 >= 16 }) else { return nil }
        let square = counts.reduce(0.0) { sum, part in
            sum + Double(part.value) / (Double(part.key, rounding: .down) - 4)
        }
        return square.squareRoot() * (1 + 1e-14)
    }

    /// The loss distribution, with masses down to e^−exponent; `nil` where it would be too long.
    ///
    /// The loss of one measurement is (1 − 2x)/(2σ²) for a draw of x, so `count` with the same σ² lose
    /// (count − 2S)/(2σ²) by the sum S of their draws (for one: Canonne, Kamath and Steinke 2020, Theorem 7).
    func losses(exponent: Double) -> LossLattice? {
        // From here on the continuous bound is within two parts in a million.
        guard !counts.keys.allSatisfy({ $0 >= 1_048_576 }) else { return nil }
        guard counts.count == 1, let (sigma2, count) = counts.first.map({ ($0.key, $0.value) })
        else { return mixed(exponent: exponent)?.lattice }
        let square = Double(sigma2, rounding: .down)
        guard let law = IntegerLaw(sigma2: square, count: count, exponent: exponent) else {
            return nil
        }
        // Draws from −reach up to just below count/2 are the positive losses, and S is symmetric.
        let kept = min(law.masses.count, law.reach + (count + 1) / 2)
        return LossLattice(
            highest: (Double(count) / 2 + Double(law.reach)) / square, step: 1 / square,
            masses: Array(law.masses.prefix(kept)), infinite: law.outside,
            relativeError: law.relativeError,
            magnitude: (Double(count) + Double(law.reach)) / square)
    }

    /// Several σ²: on the grid of all their losses where that is small, else on one of 4096 steps.
    private func mixed(exponent: Double) -> LossGrid? {
        let width = 2 * (4 * Double(rho.value, rounding: .up) * exponent).squareRoot()
        let unit = counts.keys.map { 1 / $0 }.reduce(Rational(0), Self.commonUnit)
        let fine = Double(unit, rounding: .up)
        let isExact = width / fine < 8192
        let step = isExact ? fine : width / 4096
        let tail = exp(-exponent)
        var sum: LossGrid?
        // In a fixed order, so that the same plan always has the same figure.
        for (sigma2, count) in counts.sorted(by: { $0.key < $1.key }) {
            let square = Double(sigma2, rounding: .down)
            let part: LossGrid
            if let law = IntegerLaw(sigma2: square, count: count, exponent: exponent) {
                let stride = isExact ? (1 / (sigma2 * unit)).floor : nil
                part = LossGrid(
                    law, scale: 1 / square, offset: Double(count) / (2 * square), step: step,
                    stride: stride)
            } else if square >= 16,
                let smooth = LossGrid(
                    continuousMu: (Double(count) / (square - 4)).squareRoot() * (1 + 1e-15),
                    step: step, exponent: exponent)
            {
                part = smooth
            } else {
                return nil
            }
            sum = (sum.map { $0 + part } ?? part).trimmed(tail)
        }
        return sum
    }

    /// The largest number of which both are whole multiples.
    private static func commonUnit(_ first: Rational, _ second: Rational) -> Rational {
        Rational(
            (first.numerator * second.denominator)
                .greatestCommonDivisor(with: second.numerator * first.denominator),
            over: first.denominator * second.denominator)
    }
}

extension LossGrid {
    /// The losses offset + scale·x of whole-number draws x.
    ///
    /// - Parameters:
    ///   - law: The law of x.
    ///   - scale: The loss of one.
    ///   - offset: The loss at zero.
    ///   - step: The grid.
    ///   - stride: How many steps make `scale`, if that is a whole number.
    init(_ law: IntegerLaw, scale: Double, offset: Double, step: Double, stride: Int?) {
        let reach = law.reach
        guard let stride else {
            let atoms = law.masses.enumerated().map { index, mass in
                (loss: Double(index - reach) * scale, mass: mass)
            }
            self.init(
                step: step, offset: offset, atoms: atoms, magnitude: Double(reach) * scale,
                infinite: law.outside, relativeError: law.relativeError)
            return
        }
        var masses = [Double](repeating: 0, count: 2 * reach * stride + 1)
        for (index, mass) in law.masses.enumerated() { masses[index * stride] = mass }
        self.init(
            step: step, offset: offset, first: -reach * stride, masses: masses,
            infinite: law.outside, relativeError: law.relativeError)
    }

    /// Continuous Gaussian noise with a shift of `mu` standard deviations, dominated.
    ///
    /// Take k whole steps for the shift. A discrete Gaussian of parameter N − 4, N = (k/μ)², with a
    /// continuous one of variance 4 on top is continuous noise of variance N but for a factor within 10⁻³³ of
    /// 1 (Poisson's formula, as for `IntegerLaw`), so the discrete one with the same shift is less private.
    ///
    /// - Parameters:
    ///   - mu: Above zero; below 1/4000 it is rounded up to that.
    ///   - step: The grid.
    ///   - exponent: Masses below e^−exponent count as infinite.
    init?(continuousMu mu: Double, step: Double, exponent: Double) {
        let mu = max(mu, 1.0 / 4000)
        let shift = (2000 * mu).rounded(.up)
        let square = (shift / mu) * (shift / mu) * (1 - 1e-14) - 4
        guard let law = IntegerLaw(sigma2: square, count: 1, exponent: exponent) else { return nil }
        self.init(
            law, scale: shift / square, offset: shift * shift / (2 * square), step: step,
            stride: nil)
    }
}
