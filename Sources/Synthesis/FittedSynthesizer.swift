// SPDX-License-Identifier: Apache-2.0

import Curation
public import GraphicalModels
import Privacy

/// A model fitted to noisy measurements, from which rows are drawn.
///
/// Post-processing of charged measurements: fitting and sampling spend nothing, and equal
/// measurements, seed and block give equal rows.
public struct FittedSynthesizer: Sendable {
    /// The fitted distribution over merged cells.
    public let model: MarkovRandomField
    /// How the estimation ended.
    public let report: FitReport
    /// Noisy one-way densities over the original cells, each summing to 1.
    public let densities: [[Double]]
    private let compression: Compression
    private let sampler: RowSampler

    init(_ measurements: Measurements) throws(SynthesisError) {
        let compression = Compression(measurements.recoding, marginals: measurements.oneWay)
        let total = measurements.total
        var linear: [LinearMeasurement] = []
        for marginal in measurements.oneWay {
            let sigma2 = Double(marginal.sigma2, rounding: .toNearestOrEven)
            let (values, members) = compression.merged(marginal)
            linear.append(
                LinearMeasurement(
                    clique: Clique(marginal.attributes), values: values,
                    variances: members.map { Double($0) * sigma2 }))
        }
        for marginal in measurements.merged {
            linear.append(
                LinearMeasurement(
                    clique: Clique(marginal.attributes), values: marginal.cells.map(Double.init),
                    variance: Double(marginal.sigma2, rounding: .toNearestOrEven)))
        }
        do {
            (model, report) = try Estimation.fit(
                linear, domain: Domain(sizes: measurements.recoding.sizes), total: total)
        } catch {
            throw .model(error)
        }
        densities = measurements.oneWay.map { marginal in
            NoisyTotals.projected(marginal.cells.map(Double.init), total: total).map { $0 / total }
        }
        self.compression = compression
        sampler = RowSampler(model: model, seed: 0)
    }

    /// The model's cliques, as attribute indices.
    public var cliques: [[Int]] { model.tree.cliques.map(\.attributes) }
    /// The separators between cliques, as attribute indices; some may be empty.
    public var separators: [[Int]] { model.tree.separators.map(\.attributes) }

    /// How the estimation ended, in a sentence.
    public var summary: String {
        "weighted least squares on a junction tree of \(model.tree.cliques.count) cliques and "
            + "\(model.tree.cellCount) cells, \(report.iterations) steps, "
            + (report.converged ? "converged" : "stopped at the limit of steps")
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
        var codes = sampler.reseeded(seed).block(block, rowCount: count)
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
