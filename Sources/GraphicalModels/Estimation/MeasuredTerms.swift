// SPDX-License-Identifier: Apache-2.0

/// Measurements with the nodes of a tree that hold them; one clique is one term.
///
/// Numbers of all terms stand in one vector, term after term.
struct MeasuredTerms: Sendable {
    struct Term: Sendable {
        let clique: Clique
        let range: Range<Int>
    }

    let terms: [Term]
    /// Noisy counts.
    ///
    /// Several measurements of one clique are averaged by the inverse of their variances, what
    /// tables share is reconciled, and what a table's sum is off the total is shared out by variance: all
    /// that changes the loss by a constant.
    private(set) var values: [Double] = []
    private(set) var variances: [Double] = []
    /// How many noisy counts there were before that.
    let measuredCount: Int
    /// That constant: the loss that no distribution with the total can avoid.
    private(set) var disagreement: Double
    private var overlaps: TermOverlaps?
    private let domain: Domain
    /// For each node its terms, the plan of its marginals, and the fixed potentials behind them.
    private let nodes: [NodeTerms]

    private struct NodeTerms: Sendable {
        let terms: [Int]
        let fixed: [[Double]]
        let plan: MarginalPlan
    }

    /// Takes the measurements as they are; `prepare` must follow.
    init(_ measurements: [LinearMeasurement], zeros: [StructuralZeros], tree: JunctionTree) {
        var numbers: [Clique: Int] = [:]
        var cliques: [Clique] = []
        var groups: [[LinearMeasurement]] = []
        for measurement in measurements {
            precondition(
                measurement.values.count == tree.domain.cellCount(of: measurement.clique),
                "one value a cell")
            if let number = numbers[measurement.clique] {
                groups[number].append(measurement)
            } else {
                numbers[measurement.clique] = groups.count
                cliques.append(measurement.clique)
                groups.append([measurement])
            }
        }
        var terms: [Term] = []
        var disagreement = 0.0
        for (clique, group) in zip(cliques, groups) {
            let start = values.count
            for cell in group[0].values.indices {
                let weight = group.reduce(0) { $0 + 1 / $1.variances[cell] }
                let sum = group.reduce(0) { $0 + $1.values[cell] / $1.variances[cell] }
                let mean = group.count == 1 ? group[0].values[cell] : sum / weight
                for one in group {
                    let residual = one.values[cell] - mean
                    disagreement += residual * residual / one.variances[cell] / 2
                }
                values.append(mean)
                variances.append(1 / weight)
            }
            terms.append(Term(clique: clique, range: start..<values.count))
        }
        self.terms = terms
        self.disagreement = disagreement
        domain = tree.domain
        measuredCount = measurements.reduce(0) { $0 + $1.values.count }
        let homes = cliques.map { tree.node(holding: $0) ?? 0 }
        let zeroHomes = zeros.map { tree.node(holding: $0.clique) ?? 0 }
        nodes = tree.nodes.indices.map { index in
            let own = homes.indices.filter { homes[$0] == index }
            let fixed = zeros.indices.filter { zeroHomes[$0] == index }
            return NodeTerms(
                terms: own, fixed: fixed.map { zeros[$0].potentials },
                plan: MarginalPlan(
                    clique: tree.nodes[index].clique,
                    targets: own.map { cliques[$0] } + fixed.map { zeros[$0].clique },
                    domain: tree.domain))
        }
    }

    /// Makes the tables agree on their total and on what they share.
    ///
    /// - Parameters:
    ///   - total: What each table is to sum to.
    ///   - possible: Marginals of which those cells are 0 that no distribution can fill; what was measured
    ///     there says nothing more.
    mutating func prepare(total: Double, possible: [Double]?) {
        for (cell, count) in (possible ?? []).enumerated() where count == 0 {
            disagreement += values[cell] * values[cell] / variances[cell] / 2
            values[cell] = 0
            // Next to nothing of what is shared out comes here.
            variances[cell] *= 1e-12
        }
        for term in terms {
            let missing = total - values[term.range].reduce(0, +)
            let noise = variances[term.range].reduce(0, +)
            for cell in term.range { values[cell] += missing * (variances[cell] / noise) }
            disagreement += missing * missing / noise / 2
        }
        let overlaps = TermOverlaps(
            cliques: terms.map(\.clique), ranges: terms.map(\.range), variances: variances,
            domain: domain)
        disagreement += overlaps.reconcile(&values, variances: variances)
        self.overlaps = overlaps
    }

    /// Writes a node's log-potentials.
    func fill(_ node: Int, _ vector: [Double], _ table: inout [Double], crew: Crew) {
        let node = nodes[node]
        let own = node.terms.map { Array(vector[terms[$0].range]) }
        node.plan.spread(own + node.fixed, over: &table, crew: crew)
    }

    /// The marginals of all terms in one vector.
    func marginals(of calibrator: Calibrator) -> [Double] {
        var result = [Double](repeating: 0, count: values.count)
        for (index, node) in nodes.enumerated() where !node.terms.isEmpty {
            let tables = calibrator.withMarginal(index) {
                node.plan.marginals(of: $0, crew: calibrator.crew)
            }
            for (term, table) in zip(node.terms, tables) {
                result.replaceSubrange(terms[term].range, with: table)
            }
        }
        return result
    }

    /// The parameters of the same distribution for which the dual is least.
    ///
    /// Besides what terms share, a constant more in a whole term changes no marginal; the one that costs
    /// least leaves a mean of nothing, weighted by variance.
    func settled(_ parameters: [Double], strength: Double) -> [Double] {
        var result = parameters
        overlaps?.settle(&result, values: values, variances: variances, strength: strength)
        for term in terms {
            var sum = 0.0
            var weight = 0.0
            for cell in term.range {
                sum += variances[cell] * result[cell]
                weight += variances[cell]
            }
            for cell in term.range { result[cell] -= sum / weight }
        }
        return result
    }

    /// `Σ (μ − y)² / 2σ²` over all measurements.
    func loss(_ marginals: [Double]) -> Double {
        var loss = disagreement
        for cell in marginals.indices {
            let residual = marginals[cell] - values[cell]
            loss += residual * residual / variances[cell] / 2
        }
        return loss
    }
}
