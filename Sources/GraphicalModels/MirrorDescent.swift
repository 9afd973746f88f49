// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A noisy table: `values = true counts + noise`, independent in each cell.
public struct LinearMeasurement: Sendable {
    /// What was counted.
    public let clique: Clique
    /// Noisy counts, row-major over the clique.
    public let values: [Double]
    /// Variance of the noise in each cell, more than 0.
    public let variances: [Double]

    /// Creates a measurement whose cells were merged after the noise, each from another number.
    ///
    /// - Parameters:
    ///   - clique: What was counted.
    ///   - values: Noisy counts, row-major over the clique.
    ///   - variances: Variance of the noise in each cell, more than 0.
    public init(clique: Clique, values: [Double], variances: [Double]) {
        precondition(values.count == variances.count && variances.allSatisfy { $0 > 0 })
        self.clique = clique
        self.values = values
        self.variances = variances
    }

    /// Creates a measurement with the same noise in each cell.
    ///
    /// - Parameters:
    ///   - clique: What was counted.
    ///   - values: Noisy counts, row-major over the clique.
    ///   - variance: Variance of the noise in each cell, more than 0.
    public init(clique: Clique, values: [Double], variance: Double) {
        self.init(
            clique: clique, values: values,
            variances: [Double](repeating: variance, count: values.count))
    }
}

/// How an estimation ended.
public struct FitReport: Sendable, Codable, Hashable {
    /// Steps taken.
    public let iterations: Int
    /// The loss at the end, `Σ ‖μ_m − y_m‖² / 2σ_m²`.
    public let loss: Double
    /// An upper bound on how much lower any distribution's loss could be.
    public let gap: Double
    /// Whether the convergence test was met.
    public let converged: Bool
}

/// Maximum-likelihood estimation of a graphical model from noisy marginals.
///
/// Minimises `L(μ) = Σ_m ‖μ_m − y_m‖² / 2σ_m²` over all consistent marginals μ of distributions with a
/// given total, by entropic mirror descent on the log-potentials with a line search
/// (McKenna, Sheldon and Miklau 2019, Algorithm 1; Beck and Teboulle 2003). Spends no privacy.
public enum MirrorDescent {
    /// Fits a model.
    ///
    /// Convergence test: every ten steps the Frank–Wolfe gap `⟨∇L, μ⟩ − min_ν ⟨∇L, ν⟩`, with the
    /// minimum over all distributions found exactly by min-sum on the tree, bounds `L(μ) − L*` from
    /// above (Jaggi 2013). The fit stops when the gap is below `tolerance` times the expected loss of
    /// the truth, half the number of measured cells, or when thirty steps together improve the loss by
    /// less than a thousandth of that.
    ///
    /// - Parameters:
    ///   - measurements: Noisy marginals; negative values are welcome.
    ///   - domain: Cells of each attribute.
    ///   - total: What every marginal sums to, more than 0.
    ///   - structure: Cliques that the model must hold besides the measured ones.
    ///   - tolerance: The relative gap to stop at.
    ///   - maximumIterations: A safety against input that nothing converges on.
    /// - Returns: The model and how the fit ended.
    /// - Throws: `ModelError.tooLarge`.
    /// - Complexity: O(cells of the tree) a step.
    public static func fit(
        _ measurements: [LinearMeasurement], domain: Domain, total: Double,
        structure: [Clique] = [], tolerance: Double = 0.05, maximumIterations: Int = 3000
    ) throws(ModelError) -> (model: MarkovRandomField, report: FitReport) {
        let tree = try JunctionTree(
            domain: domain, cliques: measurements.map(\.clique) + structure)
        var problem = Problem(tree: tree, measurements: measurements, total: max(total, 1e-9))
        let report = problem.solve(tolerance: tolerance, maximumIterations: maximumIterations)
        let model = MarkovRandomField(
            tree: tree, conditionals: tree.conditionals(of: problem.potentials),
            total: max(total, 1e-9))
        return (model, report)
    }
}

/// The optimisation's state.
private struct Problem {
    let tree: JunctionTree
    let total: Double
    var potentials: [[Double]]
    private let terms: [Term]

    /// One measurement with the node that holds it.
    private struct Term {
        let node: Int
        let map: CellMap
        let values: [Double]
        /// One over the variance of each cell.
        let weights: [Double]
    }

    init(tree: JunctionTree, measurements: [LinearMeasurement], total: Double) {
        self.tree = tree
        self.total = total
        terms = measurements.compactMap { measurement in
            guard
                let node = tree.nodes.indices.filter({
                    measurement.clique.isSubset(of: tree.nodes[$0].clique)
                }).min(by: {
                    tree.nodes[$0].toSeparator.sourceCount < tree.nodes[$1].toSeparator.sourceCount
                })
            else { return nil }
            return Term(
                node: node,
                map: CellMap(
                    from: tree.nodes[node].clique, to: measurement.clique, domain: tree.domain),
                values: measurement.values, weights: measurement.variances.map { 1 / $0 })
        }
        potentials = tree.nodes.map { [Double](repeating: 0, count: $0.toSeparator.sourceCount) }
        start()
    }

    /// A start near the optimum: each node's own measurements, made positive, as a product; what the
    /// node shares with its parent is divided out by message passing itself.
    private mutating func start() {
        for (index, node) in tree.nodes.enumerated() {
            let own = terms.filter { $0.node == index }
            // The largest table first; smaller ones inside it would count twice.
            guard let widest = own.max(by: { $0.values.count < $1.values.count }) else { continue }
            var table = zip(widest.values, widest.weights).map { max($0, 0.1 / $1.squareRoot()) }
            let sum = table.reduce(0, +)
            for cell in table.indices { table[cell] = log(table[cell] / sum) }
            for cell in widest.map.cells.indices {
                potentials[index][cell] = table[Int(widest.map.cells[cell])]
            }
            // Divide out the separator, so that it is not counted in child and parent both.
            guard node.parent >= 0, !node.separator.attributes.isEmpty else { continue }
            var shared = [Double](repeating: 0, count: node.toSeparator.targetCount)
            node.toSeparator.addSums(of: potentials[index].map { exp($0) }, into: &shared)
            for cell in node.toSeparator.cells.indices {
                potentials[index][cell] -= log(shared[Int(node.toSeparator.cells[cell])])
            }
        }
    }

    /// Loss and gradient at consistent marginals.
    private func lossAndGradient(at marginals: [[Double]]) -> (Double, [[Double]]) {
        var loss = 0.0
        var gradient = marginals.map { [Double](repeating: 0, count: $0.count) }
        for term in terms {
            var residual = term.values.map { -$0 }
            term.map.addSums(of: marginals[term.node], into: &residual)
            for cell in residual.indices {
                loss += residual[cell] * residual[cell] * term.weights[cell] / 2
                residual[cell] *= term.weights[cell]
            }
            for cell in term.map.cells.indices {
                gradient[term.node][cell] += residual[Int(term.map.cells[cell])]
            }
        }
        return (loss, gradient)
    }

    private func inner(_ left: [[Double]], _ right: [[Double]]) -> Double {
        var sum = 0.0
        for node in left.indices {
            for cell in left[node].indices { sum += left[node][cell] * right[node][cell] }
        }
        return sum
    }

    private func moved(_ potentials: [[Double]], by gradient: [[Double]], step: Double)
        -> [[Double]]
    {
        var result = potentials
        for node in result.indices {
            for cell in result[node].indices { result[node][cell] -= step * gradient[node][cell] }
        }
        return result
    }

    mutating func solve(tolerance: Double, maximumIterations: Int) -> FitReport {
        let expected = max(1, Double(terms.reduce(0) { $0 + $1.values.count }) / 2)
        var marginals = tree.marginals(of: tree.conditionals(of: potentials), total: total)
        var (loss, gradient) = lossAndGradient(at: marginals)
        let steepest = terms.compactMap { $0.weights.max() }.max() ?? 1
        var step = 1 / (steepest * total)
        var gap = Double.infinity
        var earlier = loss
        for iteration in 0..<maximumIterations {
            if iteration % 10 == 0 {
                gap = inner(gradient, marginals) - total * tree.leastSum(of: gradient)
                if gap <= tolerance * expected {
                    return FitReport(iterations: iteration, loss: loss, gap: gap, converged: true)
                }
            }
            if iteration % 30 == 0, iteration > 0 {
                if earlier - loss < 1e-3 * expected {
                    return FitReport(iterations: iteration, loss: loss, gap: gap, converged: true)
                }
                earlier = loss
            }
            // Armijo's rule on the mirror step; the step grows again after each success.
            var accepted = false
            for _ in 0..<40 {
                let candidate = moved(potentials, by: gradient, step: step)
                let next = tree.marginals(of: tree.conditionals(of: candidate), total: total)
                let (nextLoss, nextGradient) = lossAndGradient(at: next)
                let decrease = inner(gradient, marginals) - inner(gradient, next)
                if loss - nextLoss >= 0.5 * decrease, nextLoss.isFinite {
                    potentials = candidate
                    marginals = next
                    loss = nextLoss
                    gradient = nextGradient
                    step *= 1.3
                    accepted = true
                    break
                }
                step /= 2
            }
            if !accepted {
                // No step improves the loss any more: rounding decides now.
                return FitReport(iterations: iteration, loss: loss, gap: gap, converged: true)
            }
        }
        return FitReport(
            iterations: maximumIterations, loss: loss, gap: gap,
            converged: gap <= tolerance * expected)
    }
}
