// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// Merging of cells that noise hides, and the way back.
///
/// It looks at noisy counts only, so it is post-processing (McKenna, Miklau and Sheldon 2021, §3:
/// domain compression). Rare cells share one merged cell, so that pairs spend no noise on cells that
/// are mostly empty; sampled rows return to the original cells in proportion to their noisy mass.
struct Compression: Sendable {
    /// The merging.
    let recoding: Recoding
    /// For each attribute and merged cell the original cells and their shares.
    let members: [[[(code: UInt16, share: Double)]]]

    /// Decides what is merged.
    ///
    /// - Parameters:
    ///   - marginals: The noisy one-way marginal of each attribute, in order.
    ///   - threshold: Noisy counts below this many of their standard deviations are merged.
    ///   - least: And those below this number.
    init(_ marginals: [NoisyMarginal], threshold: Double, least: Double = 0) {
        var maps: [[UInt16]] = []
        var sizes: [Int] = []
        for marginal in marginals {
            let sigma = Double(marginal.sigma2, rounding: .up).squareRoot()
            let isRare = marginal.cells.map { Double($0) < max(threshold * sigma, least) }
            // One rare cell alone gains nothing from a new name.
            let merges = isRare.count(where: { $0 }) > 1
            let merged = UInt16(merges ? isRare.count(where: { !$0 }) : isRare.count)
            var map: [UInt16] = []
            var running: UInt16 = 0
            for rare in isRare {
                if merges && rare {
                    map.append(merged)
                } else {
                    map.append(running)
                    running += 1
                }
            }
            maps.append(map)
            sizes.append(Int(merged) + (merges ? 1 : 0))
        }
        self.init(Recoding(maps: maps, sizes: sizes), marginals: marginals)
    }

    /// Prepares the way back for a known merging.
    init(_ recoding: Recoding, marginals: [NoisyMarginal]) {
        self.recoding = recoding
        members = marginals.enumerated().map { attribute, marginal in
            var groups = [[(code: UInt16, share: Double)]](
                repeating: [], count: recoding.sizes[attribute])
            for (code, count) in marginal.cells.enumerated() {
                groups[Int(recoding.maps[attribute][code])]
                    .append((UInt16(code), Double(max(0, count))))
            }
            return groups.map { group in
                let sum = group.reduce(0) { $0 + $1.share }
                return group.map { (code, share) in
                    (code, sum > 0 ? share / sum : 1 / Double(group.count))
                }
            }
        }
    }

    /// The noisy counts of merged cells, and how many cells each of them sums.
    func merged(_ marginal: NoisyMarginal) -> (values: [Double], members: [Int]) {
        let attribute = marginal.attributes[0]
        var values = [Double](repeating: 0, count: recoding.sizes[attribute])
        var counts = [Int](repeating: 0, count: recoding.sizes[attribute])
        for (code, count) in marginal.cells.enumerated() {
            values[Int(recoding.maps[attribute][code])] += Double(count)
            counts[Int(recoding.maps[attribute][code])] += 1
        }
        return (values, counts)
    }
}
