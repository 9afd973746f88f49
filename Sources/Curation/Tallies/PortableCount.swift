// SPDX-License-Identifier: Apache-2.0

/// The counting of `CKernels` in plain Swift: for processors without SSE2, and for tests.
enum PortableCount {
    /// The twin of `semblance_count_pairs`.
    @unsafe
    static func pairs(
        _ first: UnsafePointer<UInt8>, _ second: UnsafePointer<UInt8>, rows: Int, shift: Int,
        into cells: UnsafeMutablePointer<UInt32>
    ) {
        for row in 0..<rows {
            unsafe cells[Int(first[row]) << shift | Int(second[row])] &+= 1
        }
    }
}
