// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy
public import Tables

/// A model fitted to noisy measurements, from which rows are drawn.
///
/// Post-processing of charged measurements: fitting and sampling spend nothing, and equal
/// measurements, seed and block give equal rows.
public struct FittedSynthesizer: Sendable {
    /// What was fitted.
    enum Model: Sendable {
        case tree(MarkovRandomField, FitReport, RowSampler)
        case copula(GaussianCopula, CopulaSampler)
        case conditionedCopula(GaussianCopula, Rejection)
        case population(PairwiseField, PopulationSampler)
    }

    let model: Model
    /// Noisy one-way densities over the original cells, each summing to 1.
    public let densities: [[Double]]
    /// The model's cliques, as attribute indices; of a mixture or a copula those of the tree of pairs that have
    /// most in common.
    public let cliques: [[Int]]
    /// The separators between cliques, as attribute indices; some may be empty.
    public let separators: [[Int]]
    /// The estimated number of training records.
    let records: Double
    let compression: Compression
    /// The way back of each attribute.
    private let ways: [WayBack]

    /// Another model over the same cells.
    init(like other: FittedSynthesizer, model: Model, compression: Compression) {
        self.model = model
        records = other.records
        self.compression = compression
        ways = compression.members.map(WayBack.init)
        densities = other.densities
        cliques = other.cliques
        separators = other.separators
    }

    init(_ measurements: Measurements, constraints: ConstraintSet?) throws(SynthesisError) {
        let total = measurements.total
        records = total
        let none = measurements.sizes.map { _ in 0 }
        let earlier = EarlierEvidence(
            measurements.reused ?? [], oneWay: measurements.oneWay, total: total)
        let counts = ColumnDensities.counts(
            earlier.columns,
            orderedCells: measurements.method.usesOrder ? measurements.orderedCells ?? none : none,
            total: total)
        densities = counts.map { $0.map { $0 / total } }
        compression = Compression(measurements.recoding, counts: counts)
        ways = compression.members.map(WayBack.init)
        let pairs = earlier.pairs(measurements.merged, compression: compression)
        switch measurements.method {
        case .mixture:
            let mixture = MixtureFit.fit(
                oneWay: measurements.oneWay, counts: counts,
                pairs: measurements.merged.filter { $0.attributes.count == 2 },
                earlier: pairs.map(\.linear), compression: compression, total: total)
            let field = PairwiseEstimation.fit(
                mixture, options: .init(records: total, domain: mixture.domain))
            model = .population(field, PopulationSampler(field: field, seed: 0))
            (cliques, separators) = DependenceTree.cliques(
                mixture, candidates: SynthesisPlan.pairs(of: measurements.sizes))
        case .copula:
            let copula = Self.copula(
                measurements, densities: densities, compression: compression)
            model = .copula(copula, CopulaSampler(model: copula, seed: 0))
            (cliques, separators) = DependenceTree.cliques(
                strengths: copula.correlations.map { $0.map(abs) },
                candidates: SynthesisPlan.pairs(of: measurements.sizes))
        case .auto, .independent, .mst, .aim, .tree:
            let (field, report) = try Self.tree(
                measurements, columns: earlier.columns, counts: counts, compression: compression,
                earlier: pairs,
                constraints: constraints)
            model = .tree(field, report, RowSampler(model: field, seed: 0))
            cliques = field.tree.cliques.map(\.attributes)
            separators = field.tree.separators.map(\.attributes)
        }
    }

    private static func tree(
        _ measurements: Measurements, columns: [CellEvidence], counts: [[Double]],
        compression: Compression, earlier: [EarlierEvidence.Pair], constraints: ConstraintSet?
    ) throws(SynthesisError) -> (MarkovRandomField, FitReport) {
        var linear: [LinearMeasurement] = []
        for (attribute, column) in columns.enumerated() {
            let merged = compression.merged(column, of: attribute)
            linear.append(
                LinearMeasurement(
                    clique: Clique([attribute]),
                    values: measurements.method.usesOrder
                        ? compression.merged(counts[attribute], of: attribute) : merged.values,
                    variances: merged.variances))
        }
        linear += measurements.merged.map { marginal in
            // Rounds of choices and whole forests were made for tables as they are.
            measurements.method == .tree && marginal.attributes.count == 2
                ? TreeFit.shrunk(
                    marginal, counts: counts, compression: compression, total: measurements.total)
                : marginal.linear
        }
        linear += EarlierEvidence.affordable(
            earlier, beside: measurements.merged.map(\.attributes),
            domain: Domain(sizes: measurements.recoding.sizes)
        ).map(\.linear)
        do {
            return try Estimation.fit(
                linear, domain: Domain(sizes: measurements.recoding.sizes),
                total: measurements.total,
                zeros: constraints.map {
                    StructuralZeros.zeros(
                        of: $0, recoding: measurements.recoding,
                        cliques: measurements.merged.map(\.attributes))
                } ?? [])
        } catch {
            throw .model(error)
        }
    }

    private static func copula(
        _ measurements: Measurements, densities: [[Double]], compression: Compression
    ) -> GaussianCopula {
        GaussianCopula(
            pairs: measurements.merged.filter { $0.attributes.count == 2 }.map {
                GaussianCopula.Pair(
                    first: $0.attributes[0], second: $0.attributes[1],
                    counts: $0.cells.map(Double.init),
                    variance: Double($0.sigma2, rounding: .toNearestOrEven))
            },
            coarse: densities.indices.map { compression.merged(densities[$0], of: $0) },
            densities: densities, total: measurements.total)
    }

    /// How the estimation ended, in a sentence.
    public var summary: String {
        switch model {
        case .tree(let field, let report, _):
            "weighted least squares on a junction tree of \(field.tree.cliques.count) cliques and "
                + "\(field.tree.cellCount) cells, \(report.iterations) steps, "
                + (report.converged ? "converged" : "stopped at the limit of steps")
        case .copula(let copula, _), .conditionedCopula(let copula, _):
            "a Gaussian copula of \(copula.densities.count) columns: least squares for each correlation, "
                + "shrunk by its noise, and the nearest matrix that correlations can have"
        case .population(let field, _):
            "penalised weighted least squares by a mixture of \(field.mixture.componentCount) products over "
                + "\(field.domain.sizes.reduce(0, +)) cells of \(field.domain.sizes.count) columns, and "
                + "the distribution of most entropy that has its pairs"
        }
    }

    /// One block of rows in the original cells.
    ///
    /// - Parameters:
    ///   - block: The block; blocks are independent of each other.
    ///   - count: Rows of the block.
    ///   - seed: A public seed.
    ///   - tableRows: Rows of the whole table, a public or noisy number; a mixture draws those of very
    ///     large tables another way, see `PopulationSampler`.
    /// - Returns: Codes in column-major order with stride `count`. Distribution: the model's, merged
    ///   cells split by noisy one-way mass. Complexity: O(count × attributes), and for a mixture
    ///   O(count × attributes × cells), cells those of all attributes.
    public func rows(block: Int, count: Int, seed: UInt64, tableRows: Int = 0) -> [UInt16] {
        var codes =
            switch model {
            case .tree(_, _, let sampler): sampler.reseeded(seed).block(block, rowCount: count)
            case .copula(_, let sampler): sampler.reseeded(seed).block(block, rowCount: count)
            case .conditionedCopula(_, let rejection):
                rejection.rows(block: block, count: count, seed: seed)
            case .population(_, let sampler):
                sampler.reseeded(seed).block(block, rowCount: count, tableRows: tableRows)
            }
        // A copula's cells are the original ones.
        switch model {
        case .copula, .conditionedCopula: return codes
        case .tree, .population: break
        }
        // A stream of its own, so that splitting cells never repeats the sampler's draws.
        var generator = SeededGenerator(seed: ~seed, stream: UInt64(block))
        var steps = WayBack.Steps()
        for (attribute, way) in ways.enumerated() {
            way.apply(
                to: &codes, attribute * count..<(attribute + 1) * count, step: steps.next(),
                &generator)
        }
        return codes
    }
}

extension Measurements {
    /// Fits the model.
    ///
    /// Spends nothing.
    ///
    /// - Parameter constraints: The schema's rules between columns; a model of cliques that have all columns of one
    ///   draws no cells which cannot keep it. nil for none.
    /// - Returns: What rows are drawn from.
    /// - Throws: `SynthesisError.model` when a clique is too large.
    public func fit(keeping constraints: ConstraintSet? = nil) throws(SynthesisError)
        -> FittedSynthesizer
    {
        try FittedSynthesizer(self, constraints: constraints)
    }
}
