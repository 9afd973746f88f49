// SPDX-License-Identifier: Apache-2.0

/// The way from a table to a table over fewer attributes.
///
/// Attributes next to each other that are all kept, or all dropped, count as one axis. The table is then
/// walked once from front to back in blocks of two axes, of which one is kept: contiguous runs, without an
/// index for each cell. Large tables are cut into slabs along the outermost axis, always the same for the
/// same shape, which threads may share.
struct Projection: Sendable {
    let sourceCount: Int
    let targetCount: Int
    /// Extents of the axes outside of a block, the outermost first, with how far a step moves the target.
    private let outer: [Axis]
    private let block: Block
    private let slabs: [Range<Int>]

    private struct Axis: Sendable {
        var extent: Int
        /// 0 where the axis is dropped.
        var stride: Int
    }

    /// The two innermost axes.
    private struct Block: Sendable {
        let height: Int
        let width: Int
        /// Whether the inner axis is the kept one.
        let keepsInner: Bool
        var count: Int { height * width }
    }

    /// Cells of a table that is worth more than one thread.
    static let largeTable = 1 << 17
    private static let slabCount = 4

    /// - Parameters:
    ///   - source: What the table is over.
    ///   - target: A part of it.
    ///   - domain: Cells of each attribute.
    init(from source: Clique, to target: Clique, domain: Domain) {
        self.init(
            sizes: source.attributes.map { domain.sizes[$0] },
            isKept: source.attributes.map { target.contains($0) })
        precondition(
            targetCount == domain.cellCount(of: target), "a projection only drops attributes")
    }

    init(sizes: [Int], isKept: [Bool]) {
        var axes: [Axis] = []
        var targets = 1
        for (size, isKept) in zip(sizes, isKept).reversed() where size > 1 {
            if let last = axes.indices.last, (axes[last].stride > 0) == isKept {
                axes[last].extent *= size
            } else {
                axes.append(Axis(extent: size, stride: isKept ? targets : 0))
            }
            if isKept { targets *= size }
        }
        targetCount = targets
        sourceCount = sizes.reduce(1, *)
        // Innermost first here: the first two make a block, whether or not they are there.
        let inner = axes.first ?? Axis(extent: 1, stride: 1)
        let height = axes.count > 1 ? axes[1].extent : 1
        block = Block(height: height, width: inner.extent, keepsInner: inner.stride > 0)
        outer = axes.dropFirst(2).reversed()
        slabs = Self.slabs(cells: sourceCount, extent: outer.first?.extent ?? 1)
    }

    private static func slabs(cells: Int, extent: Int) -> [Range<Int>] {
        let count = cells >= largeTable ? min(slabCount, extent) : 1
        return (0..<count).map { $0 * extent / count..<($0 + 1) * extent / count }
    }

    /// Whether every cell is its own target.
    var isIdentity: Bool { targetCount == sourceCount }

    /// For each target cell, the cells that fall into it in one.
    func reduce<R: Reduction>(_ reduction: R.Type, _ source: [Double], crew: Crew) -> [Double] {
        precondition(source.count == sourceCount)
        if isIdentity { return source }
        if slabs.count > 1, (outer.first?.stride ?? 0) == 0 {
            return reduceBySlab(reduction, source, crew: crew)
        }
        var target = [Double](repeating: R.identity, count: targetCount)
        unsafe Self.withTables(source, &target) { tables in
            // Slabs of a kept axis write apart from each other, in bounds of both tables.
            crew.perform(slabs.count) { slab in
                walk(slab) { cells, targets in
                    unsafe reduceBlock(
                        reduction, tables.source + cells, into: tables.target + targets)
                }
            }
        }
        return target
    }

    /// Where the outermost axis is dropped, each slab has a target of its own; they are joined in order.
    private func reduceBySlab<R: Reduction>(
        _ reduction: R.Type, _ source: [Double], crew: Crew
    ) -> [Double] {
        var parts = [Double](repeating: R.identity, count: targetCount * slabs.count)
        unsafe Self.withTables(source, &parts) { tables in
            crew.perform(slabs.count) { slab in
                walk(slab) { cells, targets in
                    unsafe reduceBlock(
                        reduction, tables.source + cells,
                        into: tables.target + slab * targetCount + targets)
                }
            }
            for slab in 1..<slabs.count {
                unsafe Runs.join(
                    reduction, tables.target + slab * targetCount, into: tables.target,
                    count: targetCount)
            }
        }
        parts.removeLast(targetCount * (slabs.count - 1))
        return parts
    }

    /// Applies to each cell the value that it falls into.
    func spread<S: Spread>(
        _ spread: S.Type, _ values: [Double], onto table: inout [Double], crew: Crew
    ) {
        precondition(table.count == sourceCount && values.count == targetCount)
        unsafe Self.withTables(values, &table) { tables in
            crew.perform(slabs.count) { slab in
                walk(slab) { cells, targets in
                    unsafe spreadBlock(spread, tables.source + targets, onto: tables.target + cells)
                }
            }
        }
    }

    /// Both tables of an operation; unsafe to share, which slabs make sound by writing apart.
    @unsafe private struct Tables: @unchecked Sendable {
        let source: UnsafePointer<Double>
        let target: UnsafeMutablePointer<Double>
    }

    @inline(__always)
    private static func withTables(
        _ source: [Double], _ target: inout [Double], _ body: (Tables) -> Void
    ) {
        unsafe source.withUnsafeBufferPointer { source in
            unsafe target.withUnsafeMutableBufferPointer { target in
                // Every table has a cell, and so an address.
                guard let first = source.baseAddress, let second = target.baseAddress else {
                    return
                }
                unsafe body(Tables(source: first, target: second))
            }
        }
    }

    /// Calls `body` with the first cell of each block of a slab and the first target of it.
    @inline(__always)
    private func walk(_ slab: Int, _ body: (Int, Int) -> Void) {
        guard let first = outer.first else { return body(0, 0) }
        let range = slabs[slab]
        let inside = outer.dropFirst().reduce(1) { $0 * $1.extent }
        var cell = range.lowerBound * inside * block.count
        var target = range.lowerBound * first.stride
        guard outer.count > 1 else {
            for _ in range {
                body(cell, target)
                cell += block.count
                target += first.stride
            }
            return
        }
        var codes = [Int](repeating: 0, count: outer.count)
        for _ in 0..<range.count * inside {
            body(cell, target)
            cell += block.count
            var axis = outer.count - 1
            codes[axis] += 1
            target += outer[axis].stride
            while axis > 0, codes[axis] == outer[axis].extent {
                target -= outer[axis].stride * outer[axis].extent
                codes[axis] = 0
                axis -= 1
                codes[axis] += 1
                target += outer[axis].stride
            }
        }
    }

    @inline(__always)
    private func reduceBlock<R: Reduction>(
        _ reduction: R.Type, _ source: UnsafePointer<Double>,
        into target: UnsafeMutablePointer<Double>
    ) {
        if block.keepsInner {
            unsafe Blocks.reduceColumns(
                reduction, source, height: block.height, width: block.width, into: target)
        } else {
            unsafe Blocks.reduceRows(
                reduction, source, height: block.height, width: block.width, into: target)
        }
    }

    @inline(__always)
    private func spreadBlock<S: Spread>(
        _ spread: S.Type, _ values: UnsafePointer<Double>,
        onto cells: UnsafeMutablePointer<Double>
    ) {
        if block.keepsInner {
            unsafe Blocks.spreadColumns(
                spread, values, height: block.height, width: block.width, onto: cells)
        } else {
            unsafe Blocks.spreadRows(
                spread, values, height: block.height, width: block.width, onto: cells)
        }
    }
}
