// SPDX-License-Identifier: Apache-2.0

/// Loops over a block of `height × width` cells, row after row, one of whose axes is kept.
///
/// Narrow blocks are worked on in tiles of several rows, so that a run of two cells costs what it should.
/// Unsafe for the reason that `Runs` is.
enum Blocks {
    /// Rows narrower than this are taken several at a time.
    private static let narrow = 8
    /// Rows of a tile, and room for the numbers of it: small enough to lie on the stack.
    private static let tileRows = 16
    private static let tileRoom = 128

    /// `target[w]` gets joined with the entries of column w.
    @inline(__always)
    static func reduceColumns<R: Reduction>(
        _ reduction: R.Type, _ source: UnsafePointer<Double>, height: Int, width: Int,
        into target: UnsafeMutablePointer<Double>
    ) {
        var row = 0
        if width < narrow, height >= 16 {
            // Eight rows are joined with the next eight, and the columns of those in the end.
            let span = 8 * width
            unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: tileRoom) { sums in
                unsafe sums.initialize(repeating: R.identity)
                guard let base = sums.baseAddress else { return }
                while row + 8 <= height {
                    unsafe Runs.join(reduction, source + row * width, into: base, count: span)
                    row += 8
                }
                for part in 0..<8 {
                    unsafe Runs.join(reduction, base + part * width, into: target, count: width)
                }
            }
        }
        while row < height {
            unsafe Runs.join(reduction, source + row * width, into: target, count: width)
            row += 1
        }
    }

    /// `target[h]` gets joined with the entries of row h.
    @inline(__always)
    static func reduceRows<R: Reduction>(
        _ reduction: R.Type, _ source: UnsafePointer<Double>, height: Int, width: Int,
        into target: UnsafeMutablePointer<Double>
    ) {
        for row in 0..<height {
            let one = unsafe Runs.reduce(reduction, source + row * width, count: width)
            unsafe target[row] = R.join(target[row], one)
        }
    }

    /// Cell (h, w) gets `values[w]`.
    @inline(__always)
    static func spreadColumns<S: Spread>(
        _ spread: S.Type, _ values: UnsafePointer<Double>, height: Int, width: Int,
        onto cells: UnsafeMutablePointer<Double>
    ) {
        guard width < narrow, height > 1 else {
            for row in 0..<height {
                unsafe Runs.spread(spread, values, onto: cells + row * width, count: width)
            }
            return
        }
        let count = height * width
        let tile = min(count, tileRows * width)
        unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: tileRoom) { repeated in
            for index in 0..<tile / width {
                for column in 0..<width {
                    unsafe repeated.initializeElement(
                        at: index * width + column, to: values[column])
                }
            }
            guard let base = repeated.baseAddress else { return }
            var start = 0
            while start < count {
                let length = min(tile, count - start)
                unsafe Runs.spread(spread, base, onto: cells + start, count: length)
                start += length
            }
        }
    }

    /// Cell (h, w) gets `values[h]`.
    @inline(__always)
    static func spreadRows<S: Spread>(
        _ spread: S.Type, _ values: UnsafePointer<Double>, height: Int, width: Int,
        onto cells: UnsafeMutablePointer<Double>
    ) {
        guard width < narrow, height > 1 else {
            for row in 0..<height {
                unsafe Runs.spread(
                    spread, values[row], onto: cells + row * width, count: width)
            }
            return
        }
        let rows = min(height, tileRows)
        unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: tileRoom) { repeated in
            guard let base = repeated.baseAddress else { return }
            var row = 0
            while row < height {
                let some = min(rows, height - row)
                for index in 0..<some {
                    for column in 0..<width {
                        unsafe repeated.initializeElement(
                            at: index * width + column, to: values[row + index])
                    }
                }
                unsafe Runs.spread(
                    spread, base, onto: cells + row * width, count: some * width)
                row += some
            }
        }
    }
}
