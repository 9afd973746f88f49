// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Loss distributions of mechanisms that need a grid, for comparison with other accountants.
///
/// All parameters are fixed in advance. Losses are rounded up onto a grid, so figures are never below the
/// true ones; none of these is a currency of the ledger.
public enum MixedLosses {
    /// The least ε of several continuous Gaussians and pure mechanisms together, rounded up.
    ///
    /// A pure ε-DP mechanism enters as randomised response, the worst of its ε; for the exponential mechanism
    /// that is more than it costs, and zCDP is usually the smaller figure.
    ///
    /// - Parameters:
    ///   - mu: √(Σ Δ²/σ²) of all Gaussians together; above zero.
    ///   - pure: ε of each pure mechanism, above zero, and how many there are.
    ///   - delta: Above zero and below one.
    ///   - step: The grid, above zero; losses are rounded up onto it within a few of its squares.
    /// - Returns: Infinity where the distribution would be too long.
    public static func epsilon(
        mu: Double, pure: [(epsilon: Double, count: Int)], delta: Double, step: Double = 1e-3
    ) -> Double {
        precondition(mu > 0 && delta > 0 && delta < 1 && step > 0, "parameters are above zero")
        let tail = delta * 1e-9
        guard
            var sum = LossGrid(continuousMu: mu, step: step, exponent: -log(tail) + 5)
        else { return .infinity }
        for part in pure {
            precondition(part.epsilon > 0 && part.count >= 1, "parameters are above zero")
            let share = 1 / (1 + exp(-part.epsilon))
            let response = LossGrid(
                step: step,
                atoms: [(part.epsilon, share), (-part.epsilon, exp(-part.epsilon) * share)],
                magnitude: part.epsilon, relativeError: 1e-15)
            sum = (sum + response.composed(part.count, tail: tail)).trimmed(tail)
        }
        return sum.lattice.epsilon(delta: delta)
    }

    /// The least ε of continuous Laplace noise, rounded up.
    ///
    /// The loss of noise of scale b on a query of sensitivity 1 is 1/b with probability ½, −1/b with
    /// probability ½e^(−1/b), and between them has the density ¼e^(L/2 − 1/(2b)).
    ///
    /// - Parameters:
    ///   - scale: b over the sensitivity, above zero.
    ///   - count: How many there are, at least 1.
    ///   - delta: Above zero and below one.
    ///   - cells: Grid steps between −1/b and 1/b, at least 1.
    /// - Returns: At least the true ε.
    public static func laplaceEpsilon(
        scale: Double, count: Int, delta: Double, cells: Int = 400
    ) -> Double {
        precondition(scale > 0 && delta > 0 && delta < 1 && cells >= 1, "parameters are above zero")
        let edge = 1 / scale
        let step = 2 * edge / Double(cells)
        var masses = [Double](repeating: 0, count: cells + 1)
        masses[cells] = 0.5
        masses[0] = 0.5 * exp(-edge)
        for cell in 0..<cells {
            let lower = Double(cell) * step - edge
            let mass = 0.5 * exp((lower - edge) / 2) * expm1(step / 2)
            // Of a cell with density ∝ e^(L/2) the mass under the other neighbour leaves this at the upper end.
            let upper = 1 / (1 + exp(-step / 2))
            masses[cell] += mass * (1 - upper)
            masses[cell + 1] += mass * upper
        }
        let single = LossGrid(
            step: step, offset: -edge, first: 0, masses: masses, infinite: 0,
            relativeError: 1e-13 / step)
        return single.composed(count, tail: delta * 1e-9).lattice.epsilon(delta: delta)
    }
}
