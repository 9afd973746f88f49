// SPDX-License-Identifier: Apache-2.0

extension Factor {
    /// The product of two tables with one attribute of theirs summed out, without the table in between.
    ///
    /// - Parameters:
    ///   - other: The other table.
    ///   - attribute: An attribute of either table; `nil` sums out nothing.
    ///   - domain: Cells of each attribute.
    /// - Returns: The sums. Complexity: O(cells of the union) time, O(cells of the result) memory.
    func product(with other: Factor, summing attribute: Int?, domain: Domain) -> Factor {
        let union = clique.union(other.clique)
        let result = Clique(union.attributes.filter { $0 != attribute })
        let inner = result.attributes.last
        let outer = result.attributes.dropLast()
        let width = inner.map { domain.sizes[$0] } ?? 1
        let run = Run(
            width: width, depth: attribute.map { domain.sizes[$0] } ?? 1,
            left: inner.map { stride(of: $0) } ?? 0, right: inner.map { other.stride(of: $0) } ?? 0,
            leftStep: attribute.map { stride(of: $0) } ?? 0,
            rightStep: attribute.map { other.stride(of: $0) } ?? 0)
        let sizes = outer.map { domain.sizes[$0] }
        let leftStrides = outer.map { stride(of: $0) }
        let rightStrides = outer.map { other.stride(of: $0) }
        var sums = [Double](repeating: 0, count: domain.cellCount(of: result))
        var codes = [Int](repeating: 0, count: sizes.count)
        var left = 0
        var right = 0
        var cell = 0
        while cell < sums.count {
            run.add(values, from: left, times: other.values, from: right, to: &sums, at: cell)
            cell += width
            // Count up: the last attribute fastest.
            var position = sizes.count - 1
            while position >= 0 {
                codes[position] += 1
                left += leftStrides[position]
                right += rightStrides[position]
                guard codes[position] == sizes[position] else { break }
                codes[position] = 0
                left -= leftStrides[position] * sizes[position]
                right -= rightStrides[position] * sizes[position]
                position -= 1
            }
        }
        return Factor(clique: result, domain: domain, values: sums)
    }

    /// One run of the result: its last attribute, and how both tables move along it and along what is
    /// summed out.
    private struct Run {
        let width: Int
        let depth: Int
        let left: Int
        let right: Int
        let leftStep: Int
        let rightStep: Int

        @inline(__always)
        func add(
            _ lefts: [Double], from leftStart: Int, times rights: [Double], from rightStart: Int,
            to sums: inout [Double], at cell: Int
        ) {
            for step in 0..<depth {
                let leftCell = leftStart + step * leftStep
                let rightCell = rightStart + step * rightStep
                switch (left, right) {
                case (0, 1):
                    let factor = lefts[leftCell]
                    for index in 0..<width {
                        sums[cell &+ index] += factor * rights[rightCell &+ index]
                    }
                case (1, 0):
                    let factor = rights[rightCell]
                    for index in 0..<width {
                        sums[cell &+ index] += lefts[leftCell &+ index] * factor
                    }
                default:
                    for index in 0..<width {
                        sums[cell &+ index] +=
                            lefts[leftCell &+ index &* left] * rights[rightCell &+ index &* right]
                    }
                }
            }
        }
    }
}
