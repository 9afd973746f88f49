// SPDX-License-Identifier: Apache-2.0

/// A row-major matrix that threads share row by row.
@safe
final class FloatMatrix: @unchecked Sendable {
    let rows: Int, width: Int
    let base: UnsafeMutablePointer<Float>

    /// A matrix of zeros; the width is a multiple of 16.
    init(rows: Int, width: Int) {
        precondition(width % 16 == 0)
        self.rows = rows
        self.width = width
        unsafe base = .allocate(capacity: rows * width)
        unsafe base.initialize(repeating: 0, count: rows * width)
    }

    deinit { unsafe base.deallocate() }

    /// The first entry of a row.
    @unsafe
    func row(_ index: Int) -> UnsafeMutablePointer<Float> {
        precondition(index >= 0 && index < rows)
        return unsafe base + index * width
    }

    /// All entries, row-major.
    var values: [Float] {
        unsafe Array(UnsafeBufferPointer(start: base, count: rows * width))
    }
}
