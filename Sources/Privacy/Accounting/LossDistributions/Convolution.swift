// SPDX-License-Identifier: Apache-2.0

/// Sums of independent whole-number variables, term by term.
///
/// A Fourier transform would be faster and would leave an absolute error of 1e-16 in every cell, far above
/// the tails that accounting asks about. Sums of positive products keep the relative accuracy of each.
enum Convolution {
    /// The masses of a sum: result[i + j] gathers first[i]·second[j].
    ///
    /// Each is within `relativeError(_:_:)` of the exact sum. Products below the binary fractions are lost:
    /// less than 1e-300 in all.
    static func of(_ first: [Double], _ second: [Double]) -> [Double] {
        guard !first.isEmpty, !second.isEmpty else { return [] }
        guard first.count <= second.count else { return of(second, first) }
        var result = [Double](repeating: 0, count: first.count + second.count - 1)
        var sums = result.mutableSpan
        let row = second.span
        for (start, factor) in first.enumerated() where factor > 0 {
            for place in row.indices { sums[start + place] += factor * row[place] }
        }
        return result
    }

    /// By how much rounding can move a mass of a sum of `first` and `second` terms.
    static func relativeError(_ first: Int, _ second: Int) -> Double {
        1.2e-16 * Double(min(first, second) + 2)
    }

    /// The `count`-fold sum, by repeated doubling.
    ///
    /// - Parameters:
    ///   - base: One summand.
    ///   - count: At least 1.
    ///   - add: Composes two.
    static func power<Summand>(
        _ base: Summand, _ count: Int, add: (Summand, Summand) -> Summand
    ) -> Summand {
        precondition(count >= 1, "a sum has a summand")
        var result: Summand?
        var square = base
        var rest = count
        while true {
            if rest & 1 == 1 { result = result.map { add($0, square) } ?? square }
            rest >>= 1
            guard rest > 0 else { break }
            square = add(square, square)
        }
        return result ?? base
    }
}
