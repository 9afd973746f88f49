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
    ///   - values: Noisy counts, row-major over the clique, finite.
    ///   - variances: Variance of the noise in each cell, more than 0 and finite.
    public init(clique: Clique, values: [Double], variances: [Double]) {
        precondition(values.count == variances.count && variances.allSatisfy { $0 > 0 })
        precondition(values.allSatisfy(\.isFinite) && variances.allSatisfy(\.isFinite))
        self.clique = clique
        self.values = values
        self.variances = variances
    }

    /// Creates a measurement with the same noise in each cell.
    ///
    /// - Parameters:
    ///   - clique: What was counted.
    ///   - values: Noisy counts, row-major over the clique, finite.
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
    /// less than a fiftieth of that: near cells that tend to zero the gap falls long after the loss has
    /// settled.
    ///
    /// - Parameters:
    ///   - measurements: Noisy marginals; negative values are welcome.
    ///   - domain: Cells of each attribute.
    ///   - total: What every marginal sums to; noise may have pushed it to 0 or below, and then a
    ///     distribution of almost no mass is fitted.
    ///   - structure: Cliques that the model must hold besides the measured ones.
    ///   - tolerance: The relative gap to stop at. The default stops where noise, not the fit, is what
    ///     is left; a much tighter one fits the noise.
    ///   - maximumIterations: A safety against input that nothing converges on.
    /// - Returns: The model and how the fit ended.
    /// - Throws: `ModelError.tooLarge`.
    /// - Complexity: O(cells of the tree) a step.
    public static func fit(
        _ measurements: [LinearMeasurement], domain: Domain, total: Double,
        structure: [Clique] = [], tolerance: Double = 0.05, maximumIterations: Int = 3000
    ) throws(ModelError) -> (model: MarkovRandomField, report: FitReport) {
        precondition(total.isFinite && tolerance > 0)
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
            let shared = node.toSeparator.sums(of: potentials[index].map { exp($0) })
            node.toSeparator.spread(shared.map { -log($0) }, onto: &potentials[index])
        }
    }

    /// What a set of potentials answers to every measurement.
    private struct Answers {
        /// One marginal a term.
        var tables: [[Double]]
        /// Derivative of the loss by each answer.
        var slopes: [[Double]]
        var loss: Double
    }

    private func answers(of potentials: [[Double]]) -> Answers {
        let marginals = tree.marginals(of: tree.conditionals(of: potentials), total: total)
        var answers = Answers(tables: [], slopes: [], loss: 0)
        for term in terms {
            let table = term.map.sums(of: marginals[term.node])
            var slopes = table
            for cell in slopes.indices {
                let residual = table[cell] - term.values[cell]
                slopes[cell] = residual * term.weights[cell]
                answers.loss += residual * slopes[cell] / 2
            }
            answers.tables.append(table)
            answers.slopes.append(slopes)
        }
        return answers
    }

    /// The slopes at one point times the answers at another.
    private static func inner(_ slopes: [[Double]], _ tables: [[Double]]) -> Double {
        var sum = 0.0
        for (slope, table) in zip(slopes, tables) {
            precondition(slope.count == table.count)
            for cell in slope.indices { sum += slope[cell] * table[cell] }
        }
        return sum
    }

    /// Adds `factor` times the gradient by every marginal to the nodes' tables.
    private func add(_ slopes: [[Double]], times factor: Double, to tables: inout [[Double]]) {
        for (term, slope) in zip(terms, slopes) {
            term.map.spread(slope, times: factor, onto: &tables[term.node])
        }
    }

    /// How much lower the loss of any distribution can be, at most.
    private func gap(at answers: Answers) -> Double {
        var gradient = tree.nodes.map {
            [Double](repeating: 0, count: $0.toSeparator.sourceCount)
        }
        add(answers.slopes, times: 1, to: &gradient)
        return Self.inner(answers.slopes, answers.tables) - total * tree.leastSum(of: gradient)
    }

    mutating func solve(tolerance: Double, maximumIterations: Int) -> FitReport {
        let expected = max(1, Double(terms.reduce(0) { $0 + $1.values.count }) / 2)
        var current = answers(of: potentials)
        let steepest = terms.compactMap { $0.weights.max() }.max() ?? 1
        var step = 1 / (steepest * total)
        var bound = Double.infinity
        var earlier = current.loss
        for iteration in 0..<maximumIterations {
            if iteration % 10 == 0 {
                bound = gap(at: current)
                if bound <= tolerance * expected {
                    return FitReport(
                        iterations: iteration, loss: current.loss, gap: bound, converged: true)
                }
            }
            if iteration % 30 == 0, iteration > 0 {
                if earlier - current.loss < tolerance / 50 * expected {
                    return FitReport(
                        iterations: iteration, loss: current.loss, gap: bound, converged: true)
                }
                earlier = current.loss
            }
            // Armijo's rule on the mirror step; the step grows again after each success.
            var accepted = false
            for _ in 0..<40 {
                var candidate = potentials
                add(current.slopes, times: -step, to: &candidate)
                let next = answers(of: candidate)
                let decrease =
                    Self.inner(current.slopes, current.tables)
                    - Self.inner(current.slopes, next.tables)
                if current.loss - next.loss >= 0.5 * decrease, next.loss.isFinite {
                    potentials = candidate
                    current = next
                    step *= 1.3
                    accepted = true
                    break
                }
                step /= 2
            }
            if !accepted {
                // No step improves the loss any more: rounding decides now.
                return FitReport(
                    iterations: iteration, loss: current.loss, gap: bound, converged: true)
            }
        }
        return FitReport(
            iterations: maximumIterations, loss: current.loss, gap: bound,
            converged: bound <= tolerance * expected)
    }
}
