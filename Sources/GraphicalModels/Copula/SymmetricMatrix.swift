// SPDX-License-Identifier: Apache-2.0

/// What a matrix of correlations takes to be one.
enum SymmetricMatrix {
    /// The nearest matrix without negative eigenvalues, scaled to a diagonal of 1.
    ///
    /// Eigenvalues by Jacobi's rotations; those below a millionth are raised to that (Rebonato and Jäckel 1999).
    ///
    /// - Parameter matrix: A symmetric matrix with a diagonal of 1.
    /// - Returns: A correlation matrix. Complexity: O(size³) a sweep, about eight of them.
    static func correlations(near matrix: [[Double]]) -> [[Double]] {
        let count = matrix.count
        var (values, vectors) = eigen(matrix)
        guard values.contains(where: { $0 < least }) else { return matrix }
        for index in values.indices { values[index] = max(values[index], least) }
        var result = matrix
        for row in 0..<count {
            for column in 0...row {
                var sum = 0.0
                for index in 0..<count {
                    sum += values[index] * vectors[row][index] * vectors[column][index]
                }
                result[row][column] = sum
                result[column][row] = sum
            }
        }
        let scales = (0..<count).map { 1 / result[$0][$0].squareRoot() }
        for row in 0..<count {
            for column in 0..<count { result[row][column] *= scales[row] * scales[column] }
            result[row][row] = 1
        }
        return result
    }

    private static let least = 1e-6

    /// Eigenvalues, and eigenvectors as columns.
    static func eigen(_ matrix: [[Double]]) -> ([Double], [[Double]]) {
        let count = matrix.count
        var a = matrix
        var v = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0 } }
        for _ in 0..<50 {
            var off = 0.0
            for row in 0..<count {
                for column in 0..<row { off += a[row][column] * a[row][column] }
            }
            guard off > 1e-18 * Double(count) else { break }
            for p in 0..<count {
                for q in (p + 1)..<max(count, p + 1) where a[p][q] != 0 {
                    let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
                    let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
                    let c = 1 / (t * t + 1).squareRoot()
                    let s = t * c
                    for k in 0..<count {
                        let (kp, kq) = (a[k][p], a[k][q])
                        a[k][p] = c * kp - s * kq
                        a[k][q] = s * kp + c * kq
                    }
                    for k in 0..<count {
                        let (pk, qk) = (a[p][k], a[q][k])
                        a[p][k] = c * pk - s * qk
                        a[q][k] = s * pk + c * qk
                        let (vp, vq) = (v[k][p], v[k][q])
                        v[k][p] = c * vp - s * vq
                        v[k][q] = s * vp + c * vq
                    }
                }
            }
        }
        return ((0..<count).map { a[$0][$0] }, v)
    }

    /// The lower triangle L with `L Lᵀ` the matrix (Cholesky).
    ///
    /// - Parameter matrix: A correlation matrix; what rounding lost below 0 counts as 0.
    static func root(of matrix: [[Double]]) -> [[Double]] {
        var lower = matrix.map { $0.map { _ in 0.0 } }
        for row in matrix.indices {
            for column in 0...row {
                var sum = matrix[row][column]
                for k in 0..<column { sum -= lower[row][k] * lower[column][k] }
                if row == column {
                    lower[row][row] = max(sum, 0).squareRoot()
                } else if lower[column][column] > 0 {
                    lower[row][column] = sum / lower[column][column]
                }
            }
        }
        return lower
    }
}
