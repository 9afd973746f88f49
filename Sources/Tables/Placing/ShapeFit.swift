// SPDX-License-Identifier: Apache-2.0

import Glibc

extension ColumnCodec {
    /// Shapes of the bins, fitted to noisy counts of neighbouring ones.
    ///
    /// Of two neighbours, the exponential (the power law, where bins are wide or widen) that has both masses
    /// gives the slope near the edge between them. As far as noise explains how far they are from equal
    /// density the slope is shrunk, to nothing below 2.5 standard deviations: what is left is
    /// `1 − (2.5 / z)²`. A bin follows the slope at its first edge over its first half, that at its last
    /// edge over its second half; at the ends of the domain one edge serves both. Where noise hides a whole
    /// bin beyond one at which the density fell, it goes on to fall, but no more than by e² over each half.
    /// Bins keep their masses.
    ///
    /// Post-processing of the counts: spends nothing.
    ///
    /// - Parameters:
    ///   - counts: Noisy counts of all cells, not negative.
    ///   - variance: The variance of the noise of each.
    /// - Returns: A shape for each bin; none for a column without bins. Complexity: O(bins).
    public func shapes(counts: [Double], variance: Double) -> [BinShape] {
        precondition(counts.count == cellCount && variance >= 0)
        guard let grid else { return [] }
        let bins = grid.starts.indices.map { bin in
            ShapeFit.Bin(
                start: Double(grid.starts[bin]), end: Double(grid.ends[bin] + 1),
                values: Double(grid.values(ofBin: bin).openCount), count: counts[bin],
                variance: variance, isPowerLaw: ratio(ofBin: bin) != nil)
        }
        let isNumber = if case .decimal = kind { true } else { false }
        let slopes = ShapeFit.continued(
            (0..<max(0, bins.count - 1)).map { left in
                grid.ends[left] + 1 == grid.starts[left + 1]
                    ? ShapeFit.slope(bins[left], bins[left + 1], isNumber: isNumber) : nil
            }, bins)
        return bins.indices.map { bin in
            guard positions(in: bin) > 1 else { return .uniform }
            let left = bin > 0 ? slopes[bin - 1] : nil
            let right = bin < slopes.count ? slopes[bin] : nil
            let isFirst = bin == 0, isLast = bin == bins.count - 1
            return BinShape(
                first: (isFirst ? right : left)?.gain(bins[bin].start, bins[bin].middle) ?? 0,
                second: (isLast ? left : right)?.gain(bins[bin].middle, bins[bin].end) ?? 0)
        }
    }
}

/// The slope of the density at an edge between two bins.
struct ShapeFit {
    /// Two neighbours tell something from so many standard deviations on.
    fileprivate static let threshold = 2.5
    /// What a slope that was only continued gains at most over half a bin.
    private static let continuedLimit = 128

    /// One bin and its noisy count.
    struct Bin {
        let start: Double, end: Double
        /// Values that can be written in it.
        let values: Double
        let count: Double
        let variance: Double
        let isPowerLaw: Bool

        var middle: Double { isPowerLaw ? (start * end).squareRoot() : (start + end) / 2 }
        /// Of the count as one of a population: its noise, and its own chance.
        private var spread: Double { (variance + max(count, 0)).squareRoot() }
        /// A count that is no smaller than what noise could hide.
        var floored: Double { max(count, spread, 0.5) }
        /// Whether the count could be noise alone.
        var isHidden: Bool { count < ShapeFit.threshold * variance.squareRoot() }
        var relativeVariance: Double {
            let relative = max(spread, 0.5) / floored
            return relative * relative
        }
    }

    /// Gain of the log density for each unit of x, or of ln(x − origin).
    private let slope: Double
    private let origin: Double?
    private var limit = BinShape.limit

    private init(slope: Double, origin: Double?) {
        self.slope = slope
        self.origin = origin
    }

    /// What the log density gains from one value to another, in units of 1/64.
    func gain(_ from: Double, _ to: Double) -> Int {
        let length = origin.map { log((to - $0) / (from - $0)) } ?? to - from
        let gain = (slope * length * 64).rounded()
        return Int(min(max(gain, Double(-limit)), Double(limit)))
    }

    /// The slopes at the edges between bins, those that lead on into hidden bins carried over.
    static func continued(_ slopes: [ShapeFit?], _ bins: [Bin]) -> [ShapeFit?] {
        var slopes = slopes
        for edge in slopes.indices.dropFirst() where slopes[edge] == nil && bins[edge + 1].isHidden
        {
            guard let before = slopes[edge - 1], before.slope < 0 else { continue }
            slopes[edge] = before
            slopes[edge]?.limit = continuedLimit
        }
        for edge in slopes.indices.dropLast().reversed()
        where slopes[edge] == nil && bins[edge].isHidden {
            // A power law from an origin between the bins does not reach back.
            guard let after = slopes[edge + 1], after.slope > 0,
                after.origin ?? -.infinity < bins[edge].start
            else { continue }
            slopes[edge] = after
            slopes[edge]?.limit = continuedLimit
        }
        return slopes
    }

    /// The slope between two neighbours; nil where noise explains that they differ.
    static func slope(_ left: Bin, _ right: Bin, isNumber: Bool) -> ShapeFit? {
        let flat = log(right.values / left.values)
        let found = log(right.floored / left.floored) - flat
        let error = (left.relativeVariance + right.relativeVariance).squareRoot()
        let kept = 1 - (threshold * error / found) * (threshold * error / found)
        guard kept > 0 else { return nil }
        let origin = isNumber ? origin(left, right) : nil
        let lengths =
            origin.map {
                (
                    log((left.end - $0) / (left.start - $0)),
                    log((right.end - $0) / (right.start - $0))
                )
            } ?? (left.end - left.start, right.end - right.start)
        let widths = log((right.end - right.start) / (left.end - left.start))
        let rate = rate(lengths.0, lengths.1, logRatio: widths + kept * found)
        return ShapeFit(slope: origin == nil ? rate : rate - 1, origin: origin)
    }

    /// Where a power law begins that fits two bins better than an exponential; nil where none does.
    private static func origin(_ left: Bin, _ right: Bin) -> Double? {
        if left.start > 0, right.end >= 4 * left.start { return 0 }
        let width = left.end - left.start
        // Growing widths are declared for long tails.
        return right.end - right.start > 2 * width ? left.start - width : nil
    }

    /// The rate of an exponential over two neighbouring stretches whose masses have a given ratio: bisection,
    /// as the ratio grows with the rate.
    private static func rate(_ left: Double, _ right: Double, logRatio: Double) -> Double {
        let most = 30 / max(left, right)
        var low = -most, high = most
        for _ in 0..<60 {
            let middle = (low + high) / 2
            // e^(right·r) − 1 over 1 − e^(−left·r); at 0 the ratio of the lengths.
            let ratio =
                abs(middle) * max(left, right) < 1e-9
                ? log(right / left) : log(expm1(right * middle) / -expm1(-left * middle))
            if ratio < logRatio { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
