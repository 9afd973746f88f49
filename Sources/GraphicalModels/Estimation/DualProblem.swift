// SPDX-License-Identifier: Apache-2.0

/// Weighted least squares with a little entropy, seen from its dual.
///
/// The primal problem is to minimise `L(μ) + λ n KL(p ‖ uniform)` over distributions p with marginals μ
/// that sum to n, where `L(μ) = Σ (μ − y)² / 2σ²`. Its minimiser is a graphical model
/// `p ∝ exp(Σ θ)` with one parameter a measured cell, and the dual in those is
/// `F(θ) = n log Z(θ) − ⟨θ, y⟩ + λ/2 Σ σ²θ²`, smooth, convex and without constraints: maximum entropy
/// under noisy moments (Dudík, Phillips and Schapire 2007, Theorem 1, with an ℓ₂ penalty). Its gradient is
/// `g = μ(θ) − y + λσ²θ`, one message passing.
///
/// At any θ the loss is above the least one of any distribution by at most
/// `Σ g² / 2σ² + λ (n max_x θ(x) − ⟨θ, μ⟩)`: weak duality with the slopes `−λθ`.
struct DualProblem {
    let terms: MeasuredTerms
    let total: Double
    let calibrator: Calibrator
    /// λ.
    var strength = 1.0

    /// F and what comes with it at one θ.
    struct Point {
        var parameters: [Double]
        var value: Double
        var gradient: [Double]
        var marginals: [Double]
        /// What F's terms cancel from, for judging rounding.
        var magnitude: Double
    }

    /// Evaluates F at some parameters, settled between terms.
    ///
    /// Complexity: O(cells of the tree).
    func point(at given: [Double]) -> Point {
        let terms = terms
        let parameters = terms.settled(given, strength: strength)
        let crew = calibrator.crew
        let logPartition = calibrator.run(total: total) { node, table in
            terms.fill(node, parameters, &table, crew: crew)
        }
        let marginals = terms.marginals(of: calibrator)
        return point(parameters, marginals: marginals, logPartition: logPartition)
    }

    private func point(_ parameters: [Double], marginals: [Double], logPartition: Double) -> Point {
        var gradient = marginals
        var inner = 0.0
        var penalty = 0.0
        for cell in parameters.indices {
            let shrinkage = strength * terms.variances[cell] * parameters[cell]
            gradient[cell] += shrinkage - terms.values[cell]
            inner += parameters[cell] * terms.values[cell]
            penalty += shrinkage * parameters[cell] / 2
        }
        let first = total * logPartition
        return Point(
            parameters: parameters, value: first - inner + penalty, gradient: gradient,
            marginals: marginals, magnitude: abs(first) + abs(inner) + penalty)
    }

    /// The same distribution's point for the present strength.
    func again(_ old: Point) -> Point { point(at: old.parameters) }

    /// How far the dual is from its own optimum, in units of the loss.
    func distance(_ point: Point) -> Double {
        var sum = 0.0
        for cell in point.gradient.indices {
            sum += point.gradient[cell] * point.gradient[cell] / terms.variances[cell]
        }
        return sum / 2
    }

    /// What the entropy may cost per unit of its strength: `n max_x θ(x) − ⟨θ, μ⟩`.
    func spread(_ point: Point) -> Double {
        let terms = terms
        let crew = calibrator.crew
        let greatest = calibrator.greatestSum { node, table in
            terms.fill(node, point.parameters, &table, crew: crew)
        }
        var inner = 0.0
        for cell in point.parameters.indices {
            inner += point.parameters[cell] * point.marginals[cell]
        }
        return max(0, total * greatest - inner)
    }

    /// The diagonal of F's second derivative, or a little more: where a marginal is below its measurement,
    /// it will grow.
    func curvature(_ point: Point) -> [Double] {
        var result = point.marginals
        for cell in result.indices {
            result[cell] =
                max(result[cell], terms.values[cell], 0) + strength * terms.variances[cell]
        }
        return result
    }

    /// Near the inverse of the second derivative times a vector.
    func preconditioned(_ vector: [Double], curvature: [Double]) -> [Double] {
        var result = vector
        for cell in result.indices { result[cell] /= curvature[cell] }
        return result
    }
}
