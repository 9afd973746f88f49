// SPDX-License-Identifier: Apache-2.0

/// Minimises the dual by a quasi-Newton method, and lowers the entropy's strength until its part of the gap
/// is small enough.
struct DualSolver {
    var problem: DualProblem
    /// The gap to reach, in units of the loss.
    let target: Double
    let maximumIterations: Int
    private var iterations = 0

    init(problem: DualProblem, target: Double, maximumIterations: Int) {
        self.problem = problem
        self.target = target
        self.maximumIterations = maximumIterations
    }

    /// Solves from the better of some starting points.
    mutating func solve(from starts: [[Double]]) -> (parameters: [Double], report: FitReport) {
        var best = problem.point(at: starts[0])
        // The strength that the start asks for; how far a model's parameters spread changes slowly.
        problem.strength = strength(for: problem.spread(best))
        best = problem.again(best)
        for start in starts.dropFirst() {
            let other = problem.point(at: start)
            if other.value < best.value || !best.value.isFinite { best = other }
        }
        var gap = Double.infinity
        var isStuck = false
        var rounds = 0
        while true {
            isStuck = !descend(&best)
            let spread = problem.spread(best)
            gap = problem.distance(best) + problem.strength * spread
            rounds += 1
            if gap <= target || isStuck || iterations >= maximumIterations || rounds == 100 {
                break
            }
            let old = problem.strength
            problem.strength = min(old / 2, max(old / 100, strength(for: spread)))
            best = problem.again(best)
        }
        let report = FitReport(
            iterations: iterations, loss: problem.terms.loss(best.marginals), gap: gap,
            converged: gap <= target || isStuck)
        return (best.parameters, report)
    }

    /// Half of the gap is the entropy's.
    private func strength(for spread: Double) -> Double {
        target / 2 / max(spread, problem.total, .leastNormalMagnitude)
    }

    /// Descends until the dual's own gap is half of what is asked for.
    ///
    /// - Returns: Whether that was reached, or steps ran out; not where rounding lets no step improve.
    private mutating func descend(_ point: inout DualProblem.Point) -> Bool {
        var method = QuasiNewton()
        var isFresh = true
        while problem.distance(point) > target / 2, iterations < maximumIterations {
            iterations += 1
            let curvature = problem.curvature(point)
            var direction = method.direction(point.gradient) {
                problem.preconditioned($0, curvature: curvature)
            }
            var slope = Numbers.inner(point.gradient, direction)
            if !(slope < 0) {
                method.forget()
                direction = method.direction(point.gradient) {
                    problem.preconditioned($0, curvature: curvature)
                }
                slope = Numbers.inner(point.gradient, direction)
            }
            guard let next = step(from: point, direction, slope: slope) else {
                // Once more without memory; then rounding decides.
                if isFresh { return false }
                method.forget()
                isFresh = true
                continue
            }
            isFresh = false
            var move = next.parameters
            var change = next.gradient
            for cell in move.indices {
                move[cell] -= point.parameters[cell]
                change[cell] -= point.gradient[cell]
            }
            method.remember(move: move, change: change)
            point = next
        }
        return true
    }

    /// Armijo's rule, or where F no longer shows it, a slope that got flatter (Hager and Zhang 2005).
    private func step(from point: DualProblem.Point, _ direction: [Double], slope: Double)
        -> DualProblem.Point?
    {
        guard slope < 0 else { return nil }
        var length = 1.0
        for _ in 0..<30 {
            var parameters = point.parameters
            Numbers.add(length, direction, to: &parameters)
            let next = problem.point(at: parameters)
            let drop = next.value - point.value
            let end = Numbers.inner(next.gradient, direction)
            if next.value.isFinite, end.isFinite {
                if drop <= 1e-4 * length * slope { return next }
                if drop <= 1e-12 * point.magnitude, abs(end) < -0.9 * slope { return next }
            }
            // The parabola through both values and the first slope.
            let curve = 2 * (drop - length * slope)
            let least = -slope * length / curve * length
            length = least.isFinite ? min(0.5 * length, max(0.1 * length, least)) : 0.1 * length
        }
        return nil
    }
}
