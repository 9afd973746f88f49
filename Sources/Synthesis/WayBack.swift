// SPDX-License-Identifier: Apache-2.0

import GraphicalModels

/// The way of one attribute's merged cells back to its original ones.
struct WayBack: Sendable {
    /// Where the members of each merged cell begin, and one behind the last.
    private let starts: [Int32]
    /// The members' codes, one merged cell after the other.
    private let codes: [UInt16]
    /// For each member the shares of its merged cell added up, itself included.
    private let reached: [Double]
    /// Whether every merged cell is the original cell of the same code.
    private let isIdentity: Bool

    /// - Parameter groups: For each merged cell its members and their shares, which sum to 1.
    init(_ groups: [[(code: UInt16, share: Double)]]) {
        var starts: [Int32] = [0]
        var codes: [UInt16] = []
        var reached: [Double] = []
        for group in groups {
            var sum = 0.0
            for (code, share) in group {
                sum += share
                codes.append(code)
                reached.append(sum)
            }
            starts.append(Int32(codes.count))
        }
        isIdentity = codes.count == groups.count && codes.enumerated().allSatisfy { $0 == $1 }
        self.starts = starts
        self.codes = codes
        self.reached = reached
    }

    /// Replaces merged cells by members, in proportion to their shares.
    ///
    /// The rows of a merged cell take the points of a Weyl sequence (1916), which fills [0, 1) evenly, so that
    /// every member comes as often as expected but for a few rows.
    ///
    /// - Parameters:
    ///   - rows: Merged cells, which become original ones.
    ///   - range: Those of this attribute.
    ///   - step: From one point to the next, of an own one for each attribute, so that what two of
    ///     them get has nothing in common.
    ///   - generator: Gives the beginning for each merged cell.
    func apply(
        to rows: inout [UInt16], _ range: Range<Int>, step: UInt64,
        _ generator: inout SeededGenerator
    ) {
        guard !isIdentity else { return }
        var points = (1..<self.starts.count).map { _ in generator.next() }
        var rows = rows.mutableSpan
        let starts = starts.span
        let codes = codes.span
        let reached = reached.span
        for row in range {
            let cell = Int(rows[row])
            var low = Int(starts[cell])
            var high = Int(starts[cell + 1]) - 1
            if low < high {
                let draw = Double(points[cell] >> 11) * 0x1p-53
                points[cell] &+= step
                while low < high {
                    let middle = (low + high) / 2
                    if reached[middle] > draw { high = middle } else { low = middle + 1 }
                }
            }
            rows[row] = codes[low]
        }
    }

    /// Steps of Weyl sequences for one attribute after the other.
    ///
    /// They are the square roots of the primes, behind the point and in 2⁻⁶⁴: no rational number but 0 relates
    /// them, so several sequences fill a cube evenly.
    struct Steps {
        private var primes: [UInt64] = []

        /// The next attribute's.
        mutating func next() -> UInt64 {
            var candidate = (primes.last ?? 1) + 1
            while primes.contains(where: { candidate % $0 == 0 }) { candidate += 1 }
            primes.append(candidate)
            let root = Double(candidate).squareRoot()
            return UInt64((root - root.rounded(.down)) * 0x1p64)
        }
    }
}
