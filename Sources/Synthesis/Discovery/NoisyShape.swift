// SPDX-License-Identifier: Apache-2.0

import Curation
import Tables

/// What is read off noisy histograms: post-processing, which costs nothing.
enum NoisyShape {
    /// From the first to the last cell whose noisy count reaches a threshold; nil when none does.
    static func bounds(_ noisy: NoisyGrid, threshold: Int) -> ClosedRange<Int64>? {
        guard let range = occupied(noisy.cells, threshold: threshold) else { return nil }
        return noisy.grid.starts[range.lowerBound]...noisy.grid.end(range.upperBound)
    }

    private static func occupied(_ cells: [Int64], threshold: Int) -> ClosedRange<Int>? {
        let reaching = cells.indices.filter { cells[$0] >= Int64(threshold) }
        guard let first = reaching.first, let last = reaching.last else { return nil }
        return first...last
    }

    /// Bins of about equal noisy mass over the whole grid.
    ///
    /// What lies before the first and behind the last cell that stands out is a bin of its own on
    /// either side, so that a long empty stretch does not widen a bin with records. A cell between them that
    /// alone holds the share of a bin is one, as 0 is in many amounts; the other cells divide what is left:
    /// an edge is where the running sum of their noisy counts, made monotone by its running maximum, first
    /// reaches the next share. Where nothing stands out, bins have equal widths.
    ///
    /// - Parameters:
    ///   - noisy: Noisy counts.
    ///   - bins: The most bins.
    ///   - threshold: The noisy count that stands out.
    static func quantileBins(_ noisy: NoisyGrid, bins: Int, threshold: Int) -> DiscoveredDomain {
        let grid = noisy.grid
        let all = grid.starts[0]...grid.last
        guard bins > 2, let range = occupied(noisy.cells, threshold: threshold) else {
            return EqualParts.bins(all, count: bins)
        }
        var starts: [Int64] = range.lowerBound > 0 ? [all.lowerBound] : []
        starts.append(grid.starts[range.lowerBound])
        let hasTail = range.upperBound + 1 < noisy.cells.count
        let inner = Int128(bins - (starts.count - 1) - (hasTail ? 1 : 0))
        let atoms = atoms(noisy.cells, range, bins: Int(inner))
        let rest = range.filter { !atoms.contains($0) }.reduce(Int128(0)) {
            $0 + Int128(noisy.cells[$1])
        }
        let shares = inner - 2 * Int128(atoms.count)
        var sum: Int128 = 0, reached: Int128 = 0, next: Int128 = 1
        for cell in range {
            var endsHere = atoms.contains(cell)
            if endsHere, starts[starts.count - 1] < grid.starts[cell] {
                starts.append(grid.starts[cell])
            }
            if !endsHere {
                sum += Int128(noisy.cells[cell])
                reached = max(reached, sum)
                endsHere = next < shares && reached * shares >= next * rest
                if endsHere { next = max(next, reached * shares / max(rest, 1)) + 1 }
            }
            // The cell behind the one in which a share is reached begins the next bin.
            if endsHere, cell < range.upperBound { starts.append(grid.starts[cell + 1]) }
        }
        if hasTail { starts.append(grid.starts[range.upperBound + 1]) }
        return .bins(starts: starts, last: all.upperBound)
    }

    /// The cells that alone hold the share of a bin, the largest ones first: so many that each may take a bin
    /// and cut another in two.
    private static func atoms(_ cells: [Int64], _ range: ClosedRange<Int>, bins: Int) -> Set<Int> {
        let total = range.reduce(Int128(0)) { $0 + Int128(cells[$1]) }
        let large = range.filter { cells[$0] > 0 && Int128(cells[$0]) * Int128(bins) >= total }
            .sorted { (-cells[$0], $0) < (-cells[$1], $1) }
        return Set(large.prefix(max(0, (bins - 1) / 2)))
    }
}
