// SPDX-License-Identifier: Apache-2.0

public import Curation
public import Tables

extension OpenDomain {
    /// Cells whose edges are powers of two away from the origin, on both sides and within the limits: the
    /// origin itself, 1, 2…3, 4…7 and so on.
    ///
    /// Public: it follows from the schema.
    public var boundsGrid: PublicGrid {
        var starts: Set<Int64> = [limits.lowerBound]
        func add(_ value: Int64) {
            if limits.contains(value) { starts.insert(value) }
        }
        add(origin)
        for bit in 0..<62 {
            // Within ±2⁶², far from overflow.
            add(origin + 1 << Int64(bit))
            add(origin - (1 << Int64(bit + 1)) + 1)
        }
        return PublicGrid(starts: starts.sorted(), last: limits.upperBound)
    }

    /// A finer grid between bounds, for quantiles: each power of two in equally many parts, so that small and
    /// large values are told apart alike.
    ///
    /// Public, or post-processing of the bounds that were found.
    ///
    /// - Parameters:
    ///   - bounds: The bounds, within the limits.
    ///   - bins: How many bins are wanted; there are at most sixteen times as many cells.
    public func quantileGrid(within bounds: ClosedRange<Int64>, bins: Int) -> PublicGrid {
        let most = min(PublicGrid.mostCells, max(64, 16 * bins))
        let inner = boundsGrid.starts.filter { $0 > bounds.lowerBound && $0 <= bounds.upperBound }
        let starts = [bounds.lowerBound] + inner
        let widths = starts.indices.map { index in
            (index + 1 < starts.count ? starts[index + 1] : bounds.upperBound + 1) - starts[index]
        }
        var parts: Int64 = 1
        while widths.reduce(0, { $0 + min($1, 2 * parts) }) <= Int64(most), parts < Int64(most) {
            parts *= 2
        }
        let cells = zip(starts, widths).flatMap { start, width in
            EqualParts.starts(from: start, width: width, count: min(width, parts))
        }
        return PublicGrid(starts: cells, last: bounds.upperBound)
    }
}

/// Ranges of whole numbers in equal parts.
enum EqualParts {
    /// First values of parts whose widths differ by one at most.
    ///
    /// - Parameters:
    ///   - start: The first value.
    ///   - width: How many values there are, at least `count`.
    ///   - count: How many parts, at least 1.
    static func starts(from start: Int64, width: Int64, count: Int64) -> [Int64] {
        (0..<count).map { start + Int64(Int128($0) * Int128(width) / Int128(count)) }
    }

    /// Bins between bounds, at most so many as there are values.
    static func bins(_ bounds: ClosedRange<Int64>, count: Int) -> DiscoveredDomain {
        let width = bounds.upperBound - bounds.lowerBound + 1
        return .bins(
            starts: starts(
                from: bounds.lowerBound, width: width, count: min(Int64(count), width)),
            last: bounds.upperBound)
    }
}
