// SPDX-License-Identifier: Apache-2.0

/// The correlation of two normal variables that are seen through cells, from a noisy table: polychoric correlation
/// (Olsson 1979) by least squares instead of likelihood, as noisy counts may be negative.
struct CorrelationEstimate: Sendable {
    /// The estimate, between −1 and 1, as far as noise does not explain it.
    let value: Double

    /// Correlations that are tried: denser where they are near to 1.
    private static let grid: [Double] =
        (1...19).map { 0.05 * Double($0) } + [0.97, 0.985, 0.995]
    /// Three points of Gauss and Legendre between two of them, and their weights.
    private static let points = [
        (0.1127016653792583, 0.2777777777777778), (0.5, 0.4444444444444444),
        (0.8872983346207417, 0.2777777777777778),
    ]

    /// Fits one correlation.
    ///
    /// What is left of it is `r · max(0, 1 − v / r²)` with v the variance that the noise gives it: the positive
    /// part of James and Stein's shrinkage, so that pairs of columns that noise alone relates stay apart.
    ///
    /// - Parameters:
    ///   - counts: Noisy counts, row-major.
    ///   - variance: Variance of the noise in each, above 0.
    ///   - first: Shares of the rows' cells, summing to 1.
    ///   - second: Shares of the columns' cells, summing to 1.
    ///   - total: The number of records.
    init(
        counts: [Double], variance: Double, first: [Double], second: [Double], total: Double
    ) {
        precondition(counts.count == first.count * second.count)
        guard first.count > 1, second.count > 1 else {
            value = 0
            return
        }
        let rows = Self.thresholds(first)
        let columns = Self.thresholds(second)
        var sides: [[(r: Double, loss: Double)]] = []
        for sign in [1.0, -1.0] {
            // Probabilities below both thresholds, integrated from independence on (Plackett 1954).
            var corners = rows.flatMap { row in columns.map { row.share * $0.share } }
            var reached = 0.0
            var side = [(0.0, Self.loss(corners, rows, columns, counts, total))]
            for end in Self.grid {
                for (place, weight) in Self.points {
                    let r = sign * (reached + place * (end - reached))
                    Self.add(sign * weight * (end - reached), at: r, rows, columns, to: &corners)
                }
                reached = end
                side.append((sign * end, Self.loss(corners, rows, columns, counts, total)))
            }
            sides.append(side)
        }
        let curve = sides[1].dropFirst().reversed() + sides[0]
        value = Self.least(Array(curve), variance: variance)
    }

    private struct Threshold {
        let place: Double
        let share: Double
    }

    /// Thresholds between cells, with the shares below them.
    private static func thresholds(_ shares: [Double]) -> [Threshold] {
        var sum = 0.0
        return shares.dropLast().map { share in
            sum += share
            let below = min(max(sum, 1e-9), 1 - 1e-9)
            return Threshold(place: NormalLaw.quantile(below), share: below)
        }
    }

    /// Adds a step of the correlation times the density at each corner.
    private static func add(
        _ step: Double, at r: Double, _ rows: [Threshold], _ columns: [Threshold],
        to corners: inout [Double]
    ) {
        let rest = 1 - r * r
        var exponents: [Double] = []
        exponents.reserveCapacity(corners.count)
        for row in rows {
            for column in columns {
                let h = row.place
                let k = column.place
                exponents.append(-(h * h - 2 * r * h * k + k * k) / (2 * rest))
            }
        }
        let scale = step / (2 * Double.pi * rest.squareRoot())
        for (corner, density) in Numbers.exponentials(exponents).enumerated() {
            corners[corner] += scale * density
        }
    }

    /// Squared distance of the counts from the cells between corners.
    private static func loss(
        _ corners: [Double], _ rows: [Threshold], _ columns: [Threshold], _ counts: [Double],
        _ total: Double
    ) -> Double {
        let width = columns.count
        func below(_ row: Int, _ column: Int) -> Double {
            if row < 0 || column < 0 { return 0 }
            if row == rows.count { return column == width ? 1 : columns[column].share }
            return column == width ? rows[row].share : corners[row * width + column]
        }
        var sum = 0.0
        for row in 0...rows.count {
            for column in 0...width {
                let share =
                    below(row, column) - below(row - 1, column) - below(row, column - 1)
                    + below(row - 1, column - 1)
                let residual = counts[row * (width + 1) + column] - total * share
                sum += residual * residual
            }
        }
        return sum
    }

    /// The least point of the parabola through the best three, shrunk by what noise gains by chance.
    ///
    /// Where the loss is a parabola, what it falls by from independence is `σ² r² / v`.
    private static func least(
        _ curve: [(r: Double, loss: Double)], variance: Double
    ) -> Double {
        var best = 0
        for index in curve.indices where curve[index].loss < curve[best].loss { best = index }
        let fall = curve[curve.count / 2].loss - curve[best].loss
        guard fall > 0 else { return 0 }
        var r = curve[best].r
        if best > 0, best < curve.count - 1 {
            let (a, b, c) = (curve[best - 1], curve[best], curve[best + 1])
            let left = (b.loss - a.loss) / (b.r - a.r)
            let right = (c.loss - b.loss) / (c.r - b.r)
            let curvature = 2 * (right - left) / (c.r - a.r)
            let slope = left + (b.r - a.r) / 2 * curvature
            if curvature > 0 { r = min(max(b.r - slope / curvature, a.r), c.r) }
        }
        return r * max(0, 1 - variance / fall)
    }
}
