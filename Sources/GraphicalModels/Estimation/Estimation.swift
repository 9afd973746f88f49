// SPDX-License-Identifier: Apache-2.0

/// Estimation of a graphical model from noisy marginals.
///
/// Minimises `L(μ) = Σ_m ‖μ_m − y_m‖² / 2σ_m²` over all consistent marginals μ of distributions with a
/// given total, the maximum likelihood under normal noise (McKenna, Sheldon and Miklau 2019). Of
/// distributions that fit alike it tends to the one of most entropy. The dual is solved by L-BFGS on one
/// parameter a measured cell (`DualProblem`). Post-processing: spends no privacy.
public enum Estimation {
    /// Fits a model.
    ///
    /// It stops when weak duality bounds `L(μ) − L*` by `tolerance` times the expected loss of the truth,
    /// half the number of measured cells.
    ///
    /// - Parameters:
    ///   - measurements: Noisy marginals; negative values are welcome.
    ///   - domain: Cells of each attribute.
    ///   - total: What every marginal sums to; noise may have pushed it to 0 or below, and then a
    ///     distribution of almost no mass is fitted. `nil` takes `TotalEstimate` of the measurements.
    ///   - structure: Cliques that the model must hold besides the measured ones.
    ///   - zeros: Cells that must stay empty.
    ///   - earlier: A model of measurements much like these, to start from; it changes how soon the fit
    ///     ends, and the result within the tolerance.
    ///   - tolerance: The relative gap to stop at. The default stops where noise, not the fit, is what
    ///     is left; a much tighter one fits the noise.
    ///   - maximumIterations: A safety against input that nothing converges on.
    ///   - limit: The most cells that a clique of the tree may have.
    ///   - workers: Threads; 0 for one a processor. The result is the same for any number.
    /// - Returns: The model and how the fit ended; equal input gives an equal model to the last bit.
    /// - Throws: `ModelError.tooLarge` before anything large is allocated; `ModelError.impossible` where
    ///   `zeros` leave no joint cell.
    /// - Complexity: O(cells of the tree) a step.
    public static func fit(
        _ measurements: [LinearMeasurement], domain: Domain, total: Double? = nil,
        structure: [Clique] = [], zeros: [StructuralZeros] = [],
        startingFrom earlier: MarkovRandomField? = nil, tolerance: Double = 0.05,
        maximumIterations: Int = 3000, limit: Int = 50_000_000, workers: Int = 0
    ) throws(ModelError) -> (model: MarkovRandomField, report: FitReport) {
        precondition(tolerance > 0)
        let given = total ?? TotalEstimate(measurements).value
        precondition(given.isFinite)
        let total = max(given, 1e-9)
        let tree = try JunctionTree(
            domain: domain, cliques: measurements.map(\.clique) + structure + zeros.map(\.clique),
            limit: limit)
        var terms = MeasuredTerms(measurements, zeros: zeros, tree: tree)
        let calibrator = Calibrator(tree: tree, crew: Crew(workers: workers))
        let possible = try zeros.isEmpty ? nil : Self.possible(terms, calibrator)
        terms.prepare(total: total, possible: possible)
        let problem = DualProblem(terms: terms, total: total, calibrator: calibrator)
        let start = StartingPoint(terms: terms, domain: domain, total: total)
        var solver = DualSolver(
            problem: problem, target: tolerance * max(1, Double(terms.measuredCount) / 2),
            maximumIterations: maximumIterations)
        let (parameters, report) = solver.solve(
            from: earlier.map { [start.warm($0)] } ?? start.candidates())
        _ = problem.point(at: parameters)
        let potentials = terms.terms.map {
            Factor(clique: $0.clique, domain: domain, values: Array(parameters[$0.range]))
        }
        return (MarkovRandomField(calibrator, total: total, potentials: potentials), report)
    }

    /// The marginals without any parameters: 0 where a cell cannot be filled.
    private static func possible(_ terms: MeasuredTerms, _ calibrator: Calibrator)
        throws(ModelError) -> [Double]
    {
        let nothing = [Double](repeating: 0, count: terms.values.count)
        let crew = calibrator.crew
        let sum = calibrator.run(total: 1) { node, table in
            terms.fill(node, nothing, &table, crew: crew)
        }
        guard sum > -.infinity else { throw .impossible }
        return terms.marginals(of: calibrator)
    }
}
