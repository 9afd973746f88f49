// SPDX-License-Identifier: Apache-2.0

import CKernels
import Streams
import Tables

/// Counts the tables of a plan over blocks of records: one thread's counters and scratch memory.
@safe
struct TallyCounter: ~Copyable {
    private let plan: TallyPlan
    /// For each column the merged code of each code, or nil when codes are kept.
    private let maps: [[UInt16]?]
    /// 32-bit counters of all tables, one table after the other.
    private let counters: UnsafeMutablePointer<UInt32>
    private let starts: [Int]
    private let counterCount: Int
    /// Records counted since the counters were last added up.
    private var rows = 0
    private var totals: [Int64]
    /// Codes of the super-columns, `CodeSpool.blockRows` bytes each.
    private let fused: UnsafeMutablePointer<UInt8>
    /// Recoded columns that are in no super-column, and the cell of each record.
    private let cells: UnsafeMutablePointer<UInt32>

    /// Makes counters.
    ///
    /// - Parameters:
    ///   - plan: What to count.
    ///   - recoding: Merges cells first; nil for none.
    init(plan: TallyPlan, recoding: Recoding?) {
        self.plan = plan
        maps = MixedRadix.maps(of: recoding, columns: plan.sizes.count)
        var starts: [Int] = []
        var end = 0
        for table in plan.tables {
            starts.append(end)
            end += table.cells
        }
        self.starts = starts
        counterCount = end
        unsafe counters = .allocate(capacity: max(end, 1))
        unsafe counters.initialize(repeating: 0, count: max(end, 1))
        totals = Array(repeating: 0, count: end)
        let bytes = max(plan.groups.count, 1) * CodeSpool.blockRows
        unsafe fused = .allocate(capacity: bytes)
        unsafe fused.initialize(repeating: 0, count: bytes)
        unsafe cells = .allocate(capacity: CodeSpool.blockRows)
        unsafe cells.initialize(repeating: 0, count: CodeSpool.blockRows)
    }

    deinit {
        unsafe counters.deallocate()
        unsafe fused.deallocate()
        unsafe cells.deallocate()
    }

    /// Counts a block.
    ///
    /// - Complexity: O(rows × (columns + tables)).
    mutating func add(_ block: borrowing CodeBlock) {
        // A counter cannot overflow between two sums.
        rows += block.rowCount
        if rows >= 1 << 31 { addUp() }
        for (group, columns) in plan.groups.enumerated() {
            // In bounds: a super-column has room for a block.
            unsafe MixedRadix.place(
                columns, of: block, sizes: plan.sizes, maps: maps,
                into: fused + group * CodeSpool.blockRows)
        }
        for (index, table) in plan.tables.enumerated() {
            let target = unsafe counters + starts[index]
            if let (first, second) = table.pair {
                unsafe count(first, second, rows: block.rowCount, into: target)
            } else {
                unsafe MixedRadix.place(
                    table.attributes, of: block, sizes: plan.sizes, maps: maps, into: cells)
                // In bounds: a cell is below the product of the sizes.
                for row in 0..<block.rowCount { unsafe target[Int(cells[row])] &+= 1 }
            }
        }
    }

    /// The sums of all counters, table after table.
    consuming func finish() -> [Int64] {
        addUp()
        return totals
    }

    private mutating func addUp() {
        for index in 0..<counterCount {
            totals[index] += unsafe Int64(counters[index])
            unsafe counters[index] = 0
        }
        rows = 0
    }

    @unsafe
    private func count(
        _ first: Int, _ second: Int, rows: Int, into target: UnsafeMutablePointer<UInt32>
    ) {
        let one = unsafe fused + first * CodeSpool.blockRows
        let other = unsafe fused + second * CodeSpool.blockRows
        let shift = TallyPlan.shift(plan.codes(ofGroup: second))
        #if arch(x86_64)
            unsafe semblance_count_pairs(one, other, rows, Int32(shift), target)
        #else
            unsafe PortableCount.pairs(one, other, rows: rows, shift: shift, into: target)
        #endif
    }
}
