// SPDX-License-Identifier: Apache-2.0

import GraphicalModels
public import Tables

extension FittedSynthesizer {
    /// Of a column, what the noisy counts give fewer records than this they give nothing: it is what bringing
    /// them to one total leaves in empty cells.
    private static let leastRecords = 0.05

    /// The model of the rows that meet a condition.
    ///
    /// The condition is on the original cells, and the model on merged ones: a merged cell of which a part is
    /// allowed counts with that part's share of it, and goes back to what is allowed alone. So the rows are
    /// distributed exactly as those of this model that meet the condition. Post-processing: spends nothing.
    ///
    /// - Parameter condition: A condition of the schema that the measurements follow.
    /// - Returns: The conditional model, of which `densities`, `cliques` and `separators` are still those of all
    ///   rows; and the share of rows that meet the condition, above 0.
    /// - Throws: `SynthesisError.model` where the model gives the condition no probability, or the noisy counts
    ///   of a column give none to what is allowed of it; for a Gaussian copula also where fewer than one row in
    ///   ten thousand meets the condition.
    /// - Complexity: O(cells of the model); rows of a conditioned copula take 1/share times as long as others.
    public func conditioned(
        on condition: Condition
    ) throws(SynthesisError) -> (model: FittedSynthesizer, share: Double) {
        guard !condition.allowed.isEmpty else { return (self, 1) }
        for (attribute, cells) in condition.allowed {
            guard cells.reduce(0, { $0 + densities[attribute][$1] }) * records > Self.leastRecords
            else {
                throw .model(.impossible)
            }
        }
        let (compression, likelihoods) = compression.restricted(to: condition.allowed)
        let (model, share) = try model.weighted(by: likelihoods, allowed: condition.allowed)
        return (FittedSynthesizer(like: self, model: model, compression: compression), share)
    }
}

extension FittedSynthesizer.Model {
    /// The same model of rows that stay with some probability, and the share that does.
    fileprivate func weighted(
        by likelihoods: [Int: [Double]], allowed: [Int: Set<Int>]
    ) throws(SynthesisError) -> (model: Self, share: Double) {
        do throws(ModelError) {
            switch self {
            case .copula(let copula, let sampler):
                let sizes = copula.densities.map(\.count)
                guard let kept = Rejection(sampler, sizes: sizes, allowed: allowed) else {
                    throw ModelError.impossible
                }
                return (.conditionedCopula(copula, kept), kept.share)
            case .conditionedCopula:
                throw ModelError.impossible
            case .tree(let field, let report, _):
                let kept = try field.weighted(by: likelihoods)
                return (
                    .tree(kept, report, RowSampler(model: kept, seed: 0)), kept.total / field.total
                )
            case .population(let field, _):
                let (kept, share) = try field.weighted(by: likelihoods)
                return (.population(kept, PopulationSampler(field: kept, seed: 0)), share)
            }
        } catch {
            throw .model(error)
        }
    }
}

extension Compression {
    /// The way back to allowed cells alone, and the share of each merged cell that is allowed.
    ///
    /// - Parameter allowed: For each attribute with a condition the original cells that meet it.
    /// - Returns: The restricted merging; and for each of those attributes one number a merged cell.
    func restricted(
        to allowed: [Int: Set<Int>]
    ) -> (compression: Compression, likelihoods: [Int: [Double]]) {
        var members = members
        var likelihoods: [Int: [Double]] = [:]
        for (attribute, cells) in allowed {
            likelihoods[attribute] = members[attribute].map { group in
                min(1, group.reduce(0) { $0 + (cells.contains(Int($1.code)) ? $1.share : 0) })
            }
            members[attribute] = members[attribute].map { group in
                let kept = group.filter { cells.contains(Int($0.code)) }
                let sum = kept.reduce(0) { $0 + $1.share }
                // A group of which nothing is allowed is never drawn.
                return sum > 0 ? kept.map { ($0.code, $0.share / sum) } : group
            }
        }
        return (Compression(recoding: recoding, members: members), likelihoods)
    }
}
