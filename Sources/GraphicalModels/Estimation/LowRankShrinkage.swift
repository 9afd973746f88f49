// SPDX-License-Identifier: Apache-2.0

/// Takes out of a noisy table of two columns what is no more than noise, where what they have in common is of
/// low rank.
///
/// What two columns have in common is what is left of a table beyond the sums of its rows and columns. Of tables
/// that people hold it is nearly always of low rank: a few kinds of rows explain it. White noise spreads evenly over
/// all singular values, so those within its range are dropped, and the others are drawn in by what noise
/// added to them. Post-processing: spends nothing.
public enum LowRankShrinkage {
    /// Tables whose smaller side is longer are left as they are: the singular vectors would take long.
    private static let longest = 96

    /// A table without the noise that its singular values tell.
    ///
    /// The sums of rows and columns stay. Of the rest each singular value `s` becomes
    /// `σ √n √((y² − β − 1)² − 4β) / y` with `y = s / (σ √n)`, or 0 for `y ≤ 1 + √β`, where n is the longer
    /// side, β the ratio of the shorter to the longer one, each less one: of all shrinkage of singular values
    /// the least squared error in large tables (Gavish and Donoho 2017, equation 7).
    ///
    /// - Parameters:
    ///   - values: The table, row by row.
    ///   - rows: Rows.
    ///   - columns: Columns.
    ///   - sigma: The standard deviation of the noise in each cell, independent.
    /// - Returns: As many values. Complexity: O(cells × shorter side + shorter side³).
    public static func denoised(
        _ values: [Double], rows: Int, columns: Int, sigma: Double
    ) -> [Double] {
        precondition(values.count == rows * columns)
        let (shorter, longer) = (min(rows, columns), max(rows, columns))
        guard shorter > 1, shorter <= longest, sigma > 0 else { return values }
        let (sums, rest) = parted(values, rows: rows, columns: columns)
        // Along the shorter side, whose singular vectors are the eigenvectors of its products.
        func cell(_ short: Int, _ long: Int) -> Int {
            rows <= columns ? short * columns + long : long * columns + short
        }
        var products = [[Double]](
            repeating: [Double](repeating: 0, count: shorter), count: shorter)
        for one in 0..<shorter {
            for other in 0...one {
                var sum = 0.0
                for place in 0..<longer { sum += rest[cell(one, place)] * rest[cell(other, place)] }
                products[one][other] = sum
                products[other][one] = sum
            }
        }
        let trace = (0..<shorter).reduce(0) { $0 + products[$1][$1] }
        guard trace > 0 else { return values }
        let (parts, vectors) = SymmetricMatrix.eigen(products.map { $0.map { $0 / trace } })
        let scale = sigma * Double(longer - 1).squareRoot()
        let beta = Double(shorter - 1) / Double(longer - 1)
        let factors = parts.map { part in
            let size = max(part * trace, 0).squareRoot() / scale
            guard size > 1 + beta.squareRoot() else { return 0.0 }
            let square = size * size
            let inner = (square - beta - 1) * (square - beta - 1) - 4 * beta
            return max(inner, 0).squareRoot() / square
        }
        var result = sums
        for (index, factor) in factors.enumerated() where factor > 0 {
            let vector = vectors.map { $0[index] }
            for place in 0..<longer {
                var along = 0.0
                for short in 0..<shorter { along += vector[short] * rest[cell(short, place)] }
                along *= factor
                for short in 0..<shorter { result[cell(short, place)] += along * vector[short] }
            }
        }
        return result
    }

    /// A table as the part that the sums of its rows and columns make, and the rest, whose sums are all 0.
    private static func parted(
        _ values: [Double], rows: Int, columns: Int
    ) -> (sums: [Double], rest: [Double]) {
        var byRow = [Double](repeating: 0, count: rows)
        var byColumn = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            for column in 0..<columns {
                byRow[row] += values[row * columns + column] / Double(columns)
                byColumn[column] += values[row * columns + column] / Double(rows)
            }
        }
        let mean = byRow.reduce(0, +) / Double(rows)
        var sums = values
        for row in 0..<rows {
            for column in 0..<columns {
                sums[row * columns + column] = byRow[row] + byColumn[column] - mean
            }
        }
        return (sums, zip(values, sums).map { $0 - $1 })
    }
}
