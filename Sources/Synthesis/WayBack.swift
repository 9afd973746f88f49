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

    /// Replaces merged cells by members drawn by their shares.
    ///
    /// - Parameters:
    ///   - rows: Merged cells, which become original ones.
    ///   - range: Those of this attribute.
    ///   - generator: Gives a number for each cell of several members.
    func apply(
        to rows: inout [UInt16], _ range: Range<Int>, _ generator: inout SeededGenerator
    ) {
        guard !isIdentity else { return }
        var rows = rows.mutableSpan
        let starts = starts.span
        let codes = codes.span
        let reached = reached.span
        for row in range {
            let cell = Int(rows[row])
            var low = Int(starts[cell])
            var high = Int(starts[cell + 1]) - 1
            if low < high {
                let draw = generator.unit()
                while low < high {
                    let middle = (low + high) / 2
                    if reached[middle] > draw { high = middle } else { low = middle + 1 }
                }
            }
            rows[row] = codes[low]
        }
    }
}
