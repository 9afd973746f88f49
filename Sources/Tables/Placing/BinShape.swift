// SPDX-License-Identifier: Apache-2.0

/// How values crowd inside one bin: what the logarithm of their density gains over each half of it.
///
/// The density is a broken exponential (in a wide bin of positive numbers a broken power law), which is
/// positive everywhere and leaves the bin's mass as it is. Two zeros are a uniform density.
public struct BinShape: Sendable, Hashable {
    /// Gain over the first half of the bin, in units of 1/64; at most 1,024 either way.
    public let first: Int
    /// Gain over the second half.
    public let second: Int

    /// The largest gain over a half: a factor of e^16.
    public static let limit = 1024
    /// The density of a bin about which nothing is known.
    public static let uniform = BinShape(first: 0, second: 0)

    /// Creates a shape; gains beyond the limit are cut to it.
    ///
    /// - Parameters:
    ///   - first: Gain over the first half, in units of 1/64.
    ///   - second: Gain over the second half.
    public init(first: Int, second: Int) {
        self.first = min(max(first, -Self.limit), Self.limit)
        self.second = min(max(second, -Self.limit), Self.limit)
    }

    /// Steps of the half of a bin on which the density is integrated.
    private static let steps = 128

    /// The quantiles of the density at 0, 1/32, ..., 1, as fractions of the bin in units of 2⁻¹⁶.
    ///
    /// Sums, products, quotients and square roots alone, so every machine has the same ones.
    ///
    /// - Parameter ratio: For a power law the bin's end over its start, above 1; nil for an exponential.
    /// - Returns: 33 numbers that ascend strictly from 0 to 65,536.
    func quantiles(ratio: Double?) -> [UInt32] {
        let places = Self.places(ratio: ratio)
        var density = 1.0
        var reached = [0.0]
        for step in 1..<places.count {
            // ln(1 + 2⁻¹³) · 128 is 1/64.
            let gain = Self.power(1 + 1 / 8192, step <= Self.steps ? first : second)
            let next = density * gain
            let middle = (density * next).squareRoot()
            reached.append(reached[step - 1] + middle * (places[step] - places[step - 1]))
            density = next
        }
        let pieces = Quantiles.pieces
        var knots = [UInt32](repeating: 0, count: pieces + 1)
        var step = 1
        for knot in 1..<pieces {
            let target = reached[reached.count - 1] * Double(knot) / Double(pieces)
            while step < reached.count - 1, reached[step] < target { step += 1 }
            let mass = reached[step] - reached[step - 1]
            let share = mass > 0 ? (target - reached[step - 1]) / mass : 1
            let place = places[step - 1] + share * (places[step] - places[step - 1])
            let rounded = UInt32((min(max(place, 0), 1) * 65_536).rounded())
            let most = UInt32(65_536 - (pieces - knot))
            knots[knot] = max(knots[knot - 1] + 1, min(rounded, most))
        }
        knots[pieces] = 65_536
        return knots
    }

    /// Fractions of the bin at which the steps end: even ones, or even ones of the logarithm.
    private static func places(ratio: Double?) -> [Double] {
        let count = 2 * steps
        guard let ratio else { return (0...count).map { Double($0) / Double(count) } }
        var factor = ratio
        for _ in 0..<count.trailingZeroBitCount { factor = factor.squareRoot() }
        var reached = 1.0
        var places = [0.0]
        for _ in 1..<count {
            reached *= factor
            places.append(min(1, (reached - 1) / (ratio - 1)))
        }
        return places + [1]
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var square = base
        var rest = exponent.magnitude
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return exponent < 0 ? 1 / result : result
    }
}
