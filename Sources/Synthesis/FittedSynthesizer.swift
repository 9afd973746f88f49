// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy

/// A model fitted to noisy measurements, from which rows are drawn.
///
/// Post-processing of charged measurements: fitting and sampling spend nothing, and equal
/// measurements, seed and block give equal rows.
public struct FittedSynthesizer: Sendable {
    /// What was fitted.
    private enum Model: Sendable {
        case tree(MarkovRandomField, FitReport, RowSampler)
        case mixture(ProductMixture, MixtureSampler)
        case copula(GaussianCopula, CopulaSampler)
    }

    private let model: Model
    /// Noisy one-way densities over the original cells, each summing to 1.
    public let densities: [[Double]]
    /// The model's cliques, as attribute indices; of a mixture or a copula those of the tree of pairs that have
    /// most in common.
    public let cliques: [[Int]]
    /// The separators between cliques, as attribute indices; some may be empty.
    public let separators: [[Int]]
    private let compression: Compression

    init(_ measurements: Measurements) throws(SynthesisError) {
        let total = measurements.total
        let none = measurements.sizes.map { _ in 0 }
        let counts = ColumnDensities.counts(
            measurements.oneWay,
            orderedCells: measurements.method.usesOrder ? measurements.orderedCells ?? none : none,
            total: total)
        densities = counts.map { $0.map { $0 / total } }
        compression = Compression(measurements.recoding, counts: counts)
        switch measurements.method {
        case .mixture:
            let mixture = Self.mixture(
                measurements, densities: densities, compression: compression)
            model = .mixture(mixture, MixtureSampler(model: mixture, seed: 0))
            (cliques, separators) = DependenceTree.cliques(
                mixture, candidates: SynthesisPlan.pairs(of: measurements.sizes))
        case .copula:
            let copula = Self.copula(
                measurements, densities: densities, compression: compression)
            model = .copula(copula, CopulaSampler(model: copula, seed: 0))
            (cliques, separators) = DependenceTree.cliques(
                strengths: copula.correlations.map { $0.map(abs) },
                candidates: SynthesisPlan.pairs(of: measurements.sizes))
        case .independent, .mst, .aim, .tree:
            let (field, report) = try Self.tree(measurements, compression: compression)
            model = .tree(field, report, RowSampler(model: field, seed: 0))
            cliques = field.tree.cliques.map(\.attributes)
            separators = field.tree.separators.map(\.attributes)
        }
    }

    private static func tree(
        _ measurements: Measurements, compression: Compression
    ) throws(SynthesisError) -> (MarkovRandomField, FitReport) {
        do {
            return try Estimation.fit(
                TreeFit.linear(
                    oneWay: measurements.oneWay, compression: compression,
                    merged: measurements.merged),
                domain: Domain(sizes: measurements.recoding.sizes),
                total: measurements.total)
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

    private static func mixture(
        _ measurements: Measurements, densities: [[Double]], compression: Compression
    ) -> ProductMixture {
        let total = measurements.total
        let pairs = measurements.merged.filter { $0.attributes.count == 2 }
        let variances = pairs.map { Double($0.sigma2, rounding: .toNearestOrEven) }
        let precision = variances.reduce(0) { $0 + 1 / $1 } / Double(max(1, pairs.count))
        let sizes = measurements.recoding.sizes
        return MixtureEstimation.fit(
            pairs: pairs.map(\.linear),
            marginals: densities.indices.map { compression.merged(densities[$0], of: $0) },
            variances: measurements.oneWay.map {
                Double($0.sigma2, rounding: .toNearestOrEven)
            },
            total: total, domain: Domain(sizes: sizes),
            options: MixtureEstimation.Options(
                ratio: max(1, total * precision.squareRoot()), cells: sizes.reduce(0, +)))
    }

    /// How the estimation ended, in a sentence.
    public var summary: String {
        switch model {
        case .tree(let field, let report, _):
            "weighted least squares on a junction tree of \(field.tree.cliques.count) cliques and "
                + "\(field.tree.cellCount) cells, \(report.iterations) steps, "
                + (report.converged ? "converged" : "stopped at the limit of steps")
        case .mixture(let mixture, _):
            "penalised weighted least squares by a mixture of \(mixture.componentCount) products over "
                + "\(mixture.domain.sizes.reduce(0, +)) cells of \(mixture.domain.sizes.count) columns"
        case .copula(let copula, _):
            "a Gaussian copula of \(copula.densities.count) columns: least squares for each correlation, "
                + "shrunk by its noise, and the nearest matrix that correlations can have"
        }
    }

    /// One block of rows in the original cells.
    ///
    /// - Parameters:
    ///   - block: The block; blocks are independent of each other.
    ///   - count: Rows of the block.
    ///   - seed: A public seed.
    /// - Returns: Codes in column-major order with stride `count`. Distribution: the model's, merged
    ///   cells split by noisy one-way mass. Complexity: O(count × attributes).
    public func rows(block: Int, count: Int, seed: UInt64) -> [UInt16] {
        var codes =
            switch model {
            case .tree(_, _, let sampler): sampler.reseeded(seed).block(block, rowCount: count)
            case .mixture(_, let sampler): sampler.reseeded(seed).block(block, rowCount: count)
            case .copula(_, let sampler): sampler.reseeded(seed).block(block, rowCount: count)
            }
        // A copula's cells are the original ones.
        if case .copula = model { return codes }
        // A stream of its own, so that splitting cells never repeats the sampler's draws.
        var generator = SeededGenerator(seed: ~seed, stream: UInt64(block))
        for (attribute, groups) in compression.members.enumerated() {
            split(&codes, column: attribute * count, count: count, groups, &generator)
        }
        return codes
    }

    private func split(
        _ codes: inout [UInt16], column: Int, count: Int,
        _ groups: [[(code: UInt16, share: Double)]], _ generator: inout SeededGenerator
    ) {
        let reached = groups.map { group in
            var sum = 0.0
            return group.map { member in
                sum += member.share
                return sum
            }
        }
        for row in column..<column + count {
            let group = Int(codes[row])
            let members = groups[group]
            guard members.count > 1 else {
                codes[row] = members[0].code
                continue
            }
            let draw = generator.unit()
            var low = 0, high = members.count - 1
            while low < high {
                let middle = (low + high) / 2
                if reached[group][middle] > draw { high = middle } else { low = middle + 1 }
            }
            codes[row] = members[low].code
        }
    }
}

extension Measurements {
    /// Fits the model.
    ///
    /// Spends nothing.
    ///
    /// - Returns: What rows are drawn from.
    /// - Throws: `SynthesisError.model` when a clique is too large.
    public func fit() throws(SynthesisError) -> FittedSynthesizer {
        try FittedSynthesizer(self)
    }
}
