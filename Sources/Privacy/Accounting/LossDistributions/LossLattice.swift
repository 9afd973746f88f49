// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Privacy losses on equal steps, from the highest down, with what is left over at infinity.
///
/// δ(ε) = m∞ + Σ over losses L above ε of p(L)(1 − e^(ε−L)). With A the mass at or above a step and D
/// the δ there, the next step down has D′ = e^−h·D + (1 − e^−h)·A: sums of positive terms only, so every
/// figure keeps its relative accuracy, and the bound of it is made part of the answer.
struct LossLattice {
    /// The highest loss.
    let highest: Double
    /// The distance of neighbouring losses.
    let step: Double
    /// Mass at `highest`, `highest − step` and so on: true ones within `relativeError`.
    ///
    /// Losses below the last are not above zero.
    let masses: [Double]
    /// Mass whose loss is counted as infinite.
    let infinite: Double
    /// By how much masses may be below the truth.
    let relativeError: Double
    /// The size of the terms that losses were computed from.
    let magnitude: Double

    /// The least ε ≥ 0 with δ(ε) at most `delta`, rounded up; infinity when `infinite` alone is above it.
    func epsilon(delta: Double) -> Double {
        let delta = delta / growth(masses.count)
        guard infinite <= delta else { return .infinity }
        var state = State(infinite: infinite)
        let (kept, gained) = (exp(-step), -expm1(-step))
        for (index, mass) in masses.enumerated() {
            let lower = state.excess * kept + state.above * gained
            if lower > delta { return between(index, state, delta) }
            state = State(above: state.above + mass, excess: lower)
        }
        // Nothing lies between the last loss and zero.
        return state.above <= delta ? 0 : between(masses.count, state, delta)
    }

    /// δ(ε), rounded up and at most 1.
    func delta(epsilon: Double) -> Double {
        // A smaller ε has a larger δ: what losses may be off is taken off ε.
        let epsilon = max(0, epsilon - positionError)
        var state = State(infinite: infinite)
        let (kept, gained) = (exp(-step), -expm1(-step))
        var last = 0
        for (index, mass) in masses.enumerated() {
            guard loss(index) > epsilon else { break }
            if index > 0 {
                state.excess = state.excess * kept + state.above * gained
            }
            state.above += mass
            last = index
        }
        let found = state.delta(below: min(0, epsilon - loss(last)))
        return min(1, found * growth(last + 1))
    }

    /// Mass at or above a step, and δ at it.
    private struct State {
        var above: Double
        var excess: Double

        init(infinite: Double) { self.init(above: infinite, excess: infinite) }

        init(above: Double, excess: Double) {
            self.above = above
            self.excess = excess
        }

        /// δ at `difference` ≤ 0 from the step, as long as no loss lies between.
        func delta(below difference: Double) -> Double {
            excess * exp(difference) - above * expm1(difference)
        }
    }

    private func loss(_ index: Int) -> Double { highest - Double(index) * step }

    /// What every loss may be above its computed value.
    private var positionError: Double { 1e-15 * (magnitude + abs(highest)) }

    /// By how much the sums of `count` steps may be below the truth.
    private func growth(_ count: Int) -> Double {
        1 + relativeError + 2e-15 * Double(count + 4)
    }

    /// The root below the loss before `index` and above that of `index`.
    private func between(_ index: Int, _ state: State, _ delta: Double) -> Double {
        // Before the first loss there is only the mass at infinity, which is at most delta.
        guard index > 0 else { return max(0, highest + positionError) }
        let start = loss(index - 1)
        let root = log((state.above - delta) / (state.above - state.excess))
        var bump = 1e-15
        var epsilon = start + min(0, root)
        while epsilon < start, state.delta(below: epsilon - start) > delta {
            epsilon += bump * (abs(start) + 1)
            bump *= 2
        }
        return max(0, min(start, epsilon) + positionError)
    }
}
