// SPDX-License-Identifier: Apache-2.0

/// An order in which attributes are eliminated, and the cliques that this makes.
///
/// Finding the order of least size is NP-hard (Arnborg, Corneil and Proskurowski 1987); greedy choices by
/// several costs, of which the smallest result is taken, come near it (Kjærulff 1990; Koller and Friedman
/// 2009, section 9.4.3).
struct Elimination {
    /// What the next attribute is least in.
    enum Cost: CaseIterable {
        /// Cells of the clique that is made.
        case cells
        /// Cells of the pairs of neighbours that become neighbours.
        case weightedFill
        /// How many pairs of neighbours become neighbours.
        case fill
        /// How many neighbours there are.
        case degree
    }

    /// The graph after all steps: each row is the clique of its attribute's elimination.
    let graph: InteractionGraph
    /// The attributes whose cliques are in no other one.
    let maximal: [Int]
    /// What the tree of those cliques takes.
    let size: ModelSize

    /// The smallest result of all costs; the first of equals.
    static func smallest(_ graph: InteractionGraph, sizes: [Int]) -> Elimination {
        var best: Elimination?
        for cost in Cost.allCases {
            let bound = best?.size.cells ?? .max
            guard let next = Elimination(graph, sizes: sizes, cost: cost, below: bound) else {
                continue
            }
            best = next
        }
        return best ?? Elimination(graph, sizes: sizes)
    }

    /// Eliminates in any order, for the case that every order makes more cells than an integer counts.
    private init(_ graph: InteractionGraph, sizes: [Int]) {
        var greedy = Greedy(graph, sizes: sizes, cost: .cells)
        greedy.run(below: .infinity)
        self = greedy.result
    }

    /// - Returns: `nil` where the tree would not be smaller than `bound`.
    private init?(_ graph: InteractionGraph, sizes: [Int], cost: Cost, below bound: Int) {
        var greedy = Greedy(graph, sizes: sizes, cost: cost)
        guard greedy.run(below: Double(bound)) else { return nil }
        let result = greedy.result
        guard result.size.cells < bound else { return nil }
        self = result
    }

    private init(graph: InteractionGraph, maximal: [Int], size: ModelSize) {
        self.graph = graph
        self.maximal = maximal
        self.size = size
    }

    /// A greedy elimination under way.
    private struct Greedy {
        var graph: InteractionGraph
        let sizes: [Int]
        let cost: Cost
        var remaining: [Int]
        var costs: [Double]
        var maximal: [Int] = []
        var cells = 0.0
        var largest = 0.0

        init(_ graph: InteractionGraph, sizes: [Int], cost: Cost) {
            self.graph = graph
            self.sizes = sizes
            self.cost = cost
            remaining = Array(0..<graph.count)
            costs = [Double](repeating: 0, count: graph.count)
            for attribute in remaining { costs[attribute] = price(of: attribute) }
        }

        /// - Returns: Whether fewer cells were enough; otherwise it stopped on the way.
        @discardableResult
        mutating func run(below bound: Double) -> Bool {
            while !remaining.isEmpty {
                var best = 0
                for position in 1..<max(1, remaining.count)
                where costs[remaining[position]] < costs[remaining[best]] {
                    best = position
                }
                let attribute = remaining.remove(at: best)
                keep(attribute)
                guard cells < bound else { return false }
                eliminate(attribute)
            }
            return true
        }

        /// Keeps the attribute's clique unless an earlier one holds it.
        private mutating func keep(_ attribute: Int) {
            for earlier in maximal where graph.areNeighbours(earlier, attribute) {
                if graph.isRow(attribute, inside: graph.words, at: earlier * graph.width) { return }
            }
            maximal.append(attribute)
            let product = cellCount(of: attribute)
            cells += product
            largest = max(largest, product)
        }

        private mutating func eliminate(_ attribute: Int) {
            // Only where the neighbourhood changes does the cost: for fill one step further out.
            let fills = cost == .fill || cost == .weightedFill
            let addsEdges = !fills || costs[attribute] > 0
            graph.eliminate(attribute)
            var changed = [UInt64](repeating: 0, count: graph.width)
            graph.forEachNeighbour(of: attribute) { neighbour in
                guard neighbour != attribute else { return }
                changed[neighbour >> 6] |= 1 << UInt64(neighbour & 63)
                guard fills, addsEdges else { return }
                for word in 0..<graph.width {
                    changed[word] |= graph.words[neighbour * graph.width + word]
                }
            }
            for other in remaining where changed[other >> 6] >> UInt64(other & 63) & 1 == 1 {
                costs[other] = price(of: other)
            }
        }

        private func cellCount(of attribute: Int) -> Double {
            var product = 1.0
            graph.forEachNeighbour(of: attribute) { product *= Double(sizes[$0]) }
            return product
        }

        private func price(of attribute: Int) -> Double {
            switch cost {
            case .cells: return cellCount(of: attribute)
            case .degree: return Double(graph.degree(of: attribute))
            case .fill, .weightedFill:
                var sum = 0.0
                graph.forEachNeighbour(of: attribute) { neighbour in
                    graph.forEachMissing(of: neighbour, among: attribute) { other in
                        guard other > neighbour else { return }
                        sum += cost == .fill ? 1 : Double(sizes[neighbour]) * Double(sizes[other])
                    }
                }
                return sum
            }
        }

        var result: Elimination {
            // A domain without attributes has one joint cell.
            guard !maximal.isEmpty else {
                return Elimination(
                    graph: graph, maximal: [], size: ModelSize(cells: 1, largestClique: 1))
            }
            return Elimination(
                graph: graph, maximal: maximal,
                size: ModelSize(
                    cells: cells < 0x1p62 ? Int(cells) : .max,
                    largestClique: largest < 0x1p62 ? Int(largest) : .max))
        }
    }
}
