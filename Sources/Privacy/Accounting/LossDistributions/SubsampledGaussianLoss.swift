// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Gaussian noise on a random part of the units, as in DP-SGD: loss distributions of both directions.
///
/// Every unit takes part in a step independently with probability q (Poisson sampling; batches of a
/// shuffled set are not covered). Adding a unit turns N(0, σ²) into (1−q)·N(0, σ²) + q·N(1, σ²), removing one
/// the other way; each pair dominates its direction (Zhu, Dong and Wang 2022, Theorem 11), and both must
/// hold.
public enum SubsampledGaussianLoss {
    /// The least ε of `steps` steps, rounded up.
    ///
    /// - Parameters:
    ///   - rate: q, above zero and below one.
    ///   - noise: σ over the sensitivity, above zero.
    ///   - steps: At least 1.
    ///   - delta: Above zero and below one.
    ///   - step: The grid, above zero. Without one it is an eighth of a step's standard deviation.
    /// - Returns: The larger figure of both directions. Takes seconds for thousands of steps.
    public static func epsilon(
        rate: Double, noise: Double, steps: Int, delta: Double, step: Double? = nil
    ) -> Double {
        precondition(rate > 0 && rate < 1 && noise > 0, "rate and noise are above zero")
        precondition(
            steps >= 1 && delta > 0 && delta < 1, "there are steps, and delta is above zero")
        // The deviation of a step's loss is about q·√(e^(1/σ²) − 1).
        let deviation = rate * expm1(min(30, 1 / (noise * noise))).squareRoot()
        let step = step ?? min(0.01, deviation / 8)
        let tail = delta * 1e-7
        return [true, false].map { isAdded in
            cells(rate, noise, step: step, tail: tail / Double(steps) / 4, isAdded: isAdded)
                .composed(steps, tail: tail).lattice.epsilon(delta: delta)
        }.max() ?? .infinity
    }

    /// The losses of one step, each cell of the grid split over its ends.
    private static func cells(
        _ rate: Double, _ noise: Double, step: Double, tail: Double, isAdded: Bool
    ) -> LossGrid {
        // ln(1 − q + q·e^((2x−1)/(2σ²))) at the draw x, and the draw of such a ratio.
        func ratio(_ draw: Double) -> Double {
            log1p(rate * expm1((2 * draw - 1) / (2 * noise * noise)))
        }
        // Draws beyond are less than a `tail` on either side.
        let reach = noise * (-2 * log(tail)).squareRoot()
        func draw(_ ratio: Double) -> Double {
            let excess = expm1(ratio) / rate
            return excess <= -1 ? -reach : max(-reach, noise * noise * log1p(excess) + 0.5)
        }
        let first = Int((ratio(-reach) / step).rounded(.down))
        let last = Int((ratio(1 + reach) / step).rounded(.up))
        var masses = [Double](repeating: 0, count: last - first + 1)
        var start = Tails(-reach, noise)
        for cell in first..<last {
            let end = Tails(min(1 + reach, draw(Double(cell + 1) * step)), noise)
            let (without, with) = (start.without - end.without, start.with - end.with)
            let mixed = (1 - rate) * without + rate * with
            let error = 1e-14 * (start.size + end.size)
            let lower = Double(cell) * step
            if isAdded {
                let split = share(mixed, without, error, lower: lower, step: step)
                masses[cell - first] += split.lower
                masses[cell - first + 1] += split.upper
            } else {
                // Here the loss is the negative, so the cell's ends change places.
                let split = share(without, mixed, error, lower: -lower - step, step: step)
                masses[cell - first] += split.upper
                masses[cell - first + 1] += split.lower
            }
            start = end
        }
        return LossGrid(
            step: step, first: isAdded ? first : -last,
            masses: isAdded ? masses : masses.reversed(), infinite: 4 * tail, relativeError: 1e-14)
    }

    /// Splits a cell's mass so that it is kept under both neighbours, or with more of it above.
    private static func share(
        _ mass: Double, _ other: Double, _ error: Double, lower: Double, step: Double
    ) -> (lower: Double, upper: Double) {
        let mass = max(0, mass) + error
        guard mass > 0 else { return (0, 0) }
        let kept = max(0, other - error) * exp(lower) * (1 - 1e-14) / mass
        let upper = min(1, max(0, (1 - kept) / -expm1(-step) + 1e-15))
        return (mass * (1 - upper), mass * upper)
    }

    /// Masses above one draw under both neighbours.
    private struct Tails {
        let without: Double
        let with: Double
        let size: Double

        init(_ draw: Double, _ noise: Double) {
            without = NormalTail.above(draw / noise)
            with = NormalTail.above((draw - 1) / noise)
            size = with
        }
    }
}
