// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Products of matrices of single precision, the same to the bit on every processor and with any number of
/// threads.
enum MatrixProduct {
    /// `Σ_k w_k P_kx P_ky` for all places x and y.
    ///
    /// - Parameters:
    ///   - tables: P, row-major.
    ///   - weights: w, one a row of P.
    ///   - width: Places, a multiple of 16.
    /// - Returns: The matrix, row-major. Complexity: O(rows × width²).
    static func weightedGram(_ tables: [Float], _ weights: [Float], width: Int) -> [Float] {
        var weighted = tables
        for row in weights.indices {
            for place in row * width..<(row + 1) * width { weighted[place] *= weights[row] }
        }
        var result = [Float](repeating: 0, count: width * width)
        unsafe tables.withUnsafeBufferPointer { left in
            unsafe weighted.withUnsafeBufferPointer { right in
                unsafe result.withUnsafeMutableBufferPointer { result in
                    guard let a = left.baseAddress, let b = right.baseAddress,
                        let c = result.baseAddress
                    else { return }
                    // In bounds: all have `width` columns, and as many rows as are said.
                    unsafe semblance_product(
                        a, width, 1, b, width, c, width, width, width, weights.count)
                }
            }
        }
        return result
    }
}
