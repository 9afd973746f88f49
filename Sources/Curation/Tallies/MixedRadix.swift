// SPDX-License-Identifier: Apache-2.0

import Tables

/// Cells of records in a clique: mixed radix, the first attribute most significant, as tallies lie.
enum MixedRadix {
    /// For each column the merged code of each code, or nil where codes are kept.
    static func maps(of recoding: Recoding?, columns: Int) -> [[UInt16]?] {
        (0..<columns).map { column in
            guard let map = recoding?.maps[column] else { return nil }
            return map.indices.allSatisfy { Int(map[$0]) == $0 } ? nil : map
        }
    }

    /// Makes the cell of each record of a block.
    ///
    /// A column at a time, so that the inner loop has neither a branch nor an allocation.
    ///
    /// - Parameters:
    ///   - attributes: The clique's attributes; the product of their sizes fits into a `Cell`.
    ///   - block: The records.
    ///   - sizes: Cells of each attribute, after merging.
    ///   - maps: What `maps(of:columns:)` gave.
    ///   - target: Has room for the block's records.
    @unsafe
    static func place<Cell: FixedWidthInteger & UnsignedInteger>(
        _ attributes: [Int], of block: borrowing CodeBlock, sizes: [Int], maps: [[UInt16]?],
        into target: UnsafeMutablePointer<Cell>
    ) {
        for (order, column) in attributes.enumerated() {
            let size = order == 0 ? 0 : Cell(truncatingIfNeeded: sizes[column])
            let source = unsafe block.codes + block.layout.offsets[column]
            if block.layout.isNarrow(column) {
                unsafe mix(
                    source.assumingMemoryBound(to: UInt8.self), maps[column], rows: block.rowCount,
                    size: size, into: target)
            } else {
                unsafe mix(
                    source.assumingMemoryBound(to: UInt16.self), maps[column],
                    rows: block.rowCount, size: size, into: target)
            }
        }
    }

    /// `target = target · size + code` for each record; with size 0 what was there is forgotten.
    @inline(__always)
    @unsafe
    private static func mix<
        Code: FixedWidthInteger & UnsignedInteger, Cell: FixedWidthInteger & UnsignedInteger
    >(
        _ source: UnsafePointer<Code>, _ map: [UInt16]?, rows: Int, size: Cell,
        into target: UnsafeMutablePointer<Cell>
    ) {
        guard let map else {
            if size == 0 {
                for row in 0..<rows { unsafe target[row] = Cell(truncatingIfNeeded: source[row]) }
            } else {
                for row in 0..<rows {
                    unsafe target[row] =
                        target[row] &* size &+ Cell(truncatingIfNeeded: source[row])
                }
            }
            return
        }
        // In bounds: the map has an entry for each code of the column.
        unsafe map.withUnsafeBufferPointer { map in
            for row in 0..<rows {
                let code = unsafe Cell(truncatingIfNeeded: map[Int(source[row])])
                unsafe target[row] = size == 0 ? code : target[row] &* size &+ code
            }
        }
    }
}
