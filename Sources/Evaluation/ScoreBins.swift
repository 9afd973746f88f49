// SPDX-License-Identifier: Apache-2.0

public import Curation

/// Fixed bins for a score that real records will be counted in.
///
/// The thresholds are quantiles of the score over synthetic rows, which are public, so the bins are
/// about equally full without a look at a real record.
public enum ScoreBins {
    /// The score of each row.
    ///
    /// - Parameters:
    ///   - terms: The score's terms.
    ///   - codes: Rows, column-major with stride `rowCount`.
    ///   - rowCount: The number of rows.
    ///   - sizes: Cells of each attribute.
    /// - Returns: One fixed-point score a row.
    public static func scores(
        _ terms: [AdditiveScore.Term], codes: [UInt16], rowCount: Int, sizes: [Int]
    ) -> [Int64] {
        var scores = [Int64](repeating: 0, count: rowCount)
        for term in terms {
            for row in 0..<rowCount {
                var cell = 0
                for attribute in term.attributes {
                    cell = cell * sizes[attribute] + Int(codes[attribute * rowCount + row])
                }
                scores[row] += Int64(term.table[cell])
            }
        }
        return scores
    }

    /// Ascending, distinct thresholds at equally spaced quantiles.
    ///
    /// - Parameters:
    ///   - scores: Scores of synthetic rows.
    ///   - bins: The largest number of bins wanted.
    /// - Returns: At most `bins - 1` thresholds; a record's bin is the number of thresholds at most
    ///   its score.
    public static func thresholds(_ scores: [Int64], bins: Int) -> [Int64] {
        let sorted = scores.sorted()
        guard !sorted.isEmpty else { return [] }
        var thresholds: [Int64] = []
        for step in 1..<bins {
            let threshold = sorted[min(sorted.count - 1, step * sorted.count / bins)]
            if threshold > (thresholds.last ?? sorted[0]) { thresholds.append(threshold) }
        }
        return thresholds
    }

    /// Exact counts of synthetic scores by bin.
    ///
    /// - Parameters:
    ///   - scores: Scores of synthetic rows.
    ///   - thresholds: Ascending thresholds.
    /// - Returns: `thresholds.count + 1` counts.
    public static func histogram(_ scores: some Sequence<Int64>, thresholds: [Int64]) -> [Double] {
        var counts = [Double](repeating: 0, count: thresholds.count + 1)
        for score in scores {
            var low = 0, high = thresholds.count
            while low < high {
                let middle = (low + high) / 2
                if thresholds[middle] <= score { low = middle + 1 } else { high = middle }
            }
            counts[low] += 1
        }
        return counts
    }

    /// A real number as a fixed-point table entry with 12 fractional bits, cut to ±2¹⁸.
    ///
    /// - Parameter value: The number.
    /// - Returns: The entry.
    public static func fixedPoint(_ value: Double) -> Int32 {
        Int32((min(max(value, -64), 64) * 4096).rounded())
    }
}
