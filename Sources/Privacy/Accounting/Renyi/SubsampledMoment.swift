// SPDX-License-Identifier: Apache-2.0

import Glibc

/// ln E[(1 − q + q·e^((2z−1)/(2σ²)))^α] over z from N(0, σ²), rounded up.
struct SubsampledMoment {
    let rate: Double
    let noise: Double

    /// For whole α: ln(1 + Σ over j ≥ 2 of C(α, j)(1−q)^(α−j)·q^j·(e^((j²−j)/(2σ²)) − 1)), whose terms are
    /// positive, and where the 1 is the binomial sum.
    func whole(order: Int) -> Double {
        let (stay, join) = (log1p(-rate), log(rate))
        var choices = log(Double(order))
        // Logarithms of the terms; the largest may be far beyond the binary fractions.
        let terms = (2...order).map { count in
            choices += log(Double(order - count + 1) / Double(count))
            let grown = Double(count) * Double(count - 1) / (2 * noise * noise)
            return choices + Double(order - count) * stay + Double(count) * join + grown
                + log(-expm1(-grown))
        }
        let largest = terms.max() ?? 0
        let sum = terms.reduce(0) { $0 + exp($1 - largest) }
        // Each logarithm is a sum of parts of this size, and there are `order` of them.
        let parts =
            Double(order) * (1 + abs(stay) + abs(join))
            + Double(order) * Double(order) / (2 * noise * noise)
        let logarithm = log(sum) + largest + 2e-15 * (parts + Double(order))
        return logarithm > 30 ? (logarithm + 1e-13) : log1p(exp(logarithm)) * (1 + 4e-16)
    }

    /// For any α, by the trapezoidal rule on the whole line.
    ///
    /// The integrand is analytic as far as |Im z| < πσ², where 1 − q + q·e^(…) first vanishes, and at height
    /// a there its modulus is at most e^(a²/(2σ²)) times its value on the line below. So the rule with step h
    /// is off by at most the fraction 2e^(a²/(2σ²))/(e^(2πa/h) − 1) of the integral (Trefethen and Weideman
    /// 2014, Theorem 5.1). The step makes that 1e-17.
    func fractional(order: Double) -> Double {
        let square = noise * noise
        let height = min(0.99 * Double.pi * square, 8 * noise)
        let step = 2 * Double.pi * height / (height * height / (2 * square) + 40)
        // Below −reach the power is at most 1. Above α + reach it is at most e^(α(2z−1)/(2σ²)), of whose
        // integral at least the fraction q^α is in A.
        let reach = noise * (2 * (75 - order * log(rate))).squareRoot()
        let first = Int((-reach / step).rounded(.down))
        let last = Int(((order + reach) / step).rounded(.up))
        let scale = step / (noise * 2.50662827463100050242)
        let logarithms = (first...last).map { index in
            let place = Double(index) * step
            let power = order * log1p(rate * expm1((2 * place - 1) / (2 * square)))
            return power - place * place / (2 * square)
        }
        let largest = logarithms.max() ?? 0
        let sum = logarithms.reduce(0) { $0 + exp($1 - largest) } * scale
        // Exponents are differences of numbers of this size; the sum itself adds its count of roundings.
        let size = (order + reach) * (order + reach) / square + order * (1 + abs(log(rate)))
        let slack = 1e-15 * size + 2e-16 * Double(logarithms.count)
        // Both cut tails are below e^−75 of an integral that is at least 1.
        return log(sum) + largest + slack + 1e-15
    }
}
