// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GraphicalModels

@Suite("Junction tree")
struct JunctionTreeTests {
    /// What makes message passing on the tree exact.
    private func expectSound(_ tree: JunctionTree, holds cliques: [Clique]) {
        for clique in cliques {
            #expect(tree.cliques.contains { clique.isSubset(of: $0) })
        }
        for (index, node) in tree.nodes.enumerated() {
            #expect(node.parent < index)
            #expect((node.parent < 0) == (index == 0))
            if node.parent >= 0 {
                #expect(node.separator == node.clique.intersection(tree.cliques[node.parent]))
            }
            for (other, clique) in tree.cliques.enumerated() where other != index {
                #expect(!node.clique.isSubset(of: clique))
            }
        }
        // Running intersection: the cliques that hold an attribute are connected, so there is one
        // more of them than separators that hold it.
        for attribute in tree.domain.sizes.indices {
            let nodes = tree.cliques.count { $0.attributes.contains(attribute) }
            let edges = tree.separators.count { $0.attributes.contains(attribute) }
            #expect(nodes == edges + 1, "attribute \(attribute)")
        }
    }

    @Test("three hundred random sets of cliques have the running intersection property")
    func runningIntersection() throws {
        var random = RandomModels(1)
        for _ in 0..<300 {
            let domain = random.domain(attributes: 1...9, sizes: 1...4)
            let cliques = random.cliques(in: domain, count: 0...9, width: 1...3)
            let tree = try JunctionTree(domain: domain, cliques: cliques)
            expectSound(tree, holds: cliques)
        }
    }

    @Test("a spanning tree of pairs needs no other clique")
    func pairsStayPairs() throws {
        let pairs = [[0, 1], [1, 2], [1, 3], [3, 4]].map { Clique($0) }
        let tree = try JunctionTree(domain: Domain(sizes: [5, 4, 3, 2, 6]), cliques: pairs)
        #expect(Set(tree.cliques) == Set(pairs))
        #expect(tree.separators.map(\.attributes).sorted { $0[0] < $1[0] } == [[1], [1], [3]])
        #expect(tree.cellCount == 20 + 12 + 8 + 12)
    }

    @Test("attributes that share nothing become cliques of their own, joined by nothing")
    func disconnected() throws {
        let tree = try JunctionTree(
            domain: Domain(sizes: [2, 3, 4, 5]), cliques: [Clique([1, 3])])
        #expect(Set(tree.cliques) == [Clique([0]), Clique([2]), Clique([1, 3])])
        #expect(tree.separators.allSatisfy { $0.attributes.isEmpty })
        expectSound(tree, holds: [Clique([1, 3])])
    }

    @Test("a ring of four is cut into two triangles across its cheaper chord")
    func ring() throws {
        let ring = [[0, 1], [1, 2], [2, 3], [0, 3]].map { Clique($0) }
        let tree = try JunctionTree(domain: Domain(sizes: [9, 2, 9, 2]), cliques: ring)
        #expect(Set(tree.cliques) == [Clique([0, 1, 3]), Clique([1, 2, 3])])
        expectSound(tree, holds: ring)
    }

    @Test("the tree does not depend on the order in which cliques are given")
    func orderDoesNotMatter() throws {
        var random = RandomModels(2)
        for _ in 0..<50 {
            let domain = random.domain(attributes: 3...8, sizes: 1...5)
            let cliques = random.cliques(in: domain, count: 2...8, width: 1...3)
            let tree = try JunctionTree(domain: domain, cliques: cliques)
            let other = try JunctionTree(
                domain: domain, cliques: cliques.shuffled(using: &random.generator))
            #expect(tree.cliques == other.cliques)
            #expect(tree.separators == other.separators)
        }
    }

    @Test("a clique above the limit is refused before it is made, even past the range of Int")
    func tooLarge() throws {
        let domain = Domain(sizes: [10_000, 10_000, 10_000, 10_000, 10_000])
        #expect(
            throws: ModelError.tooLarge(
                attributes: [0, 1, 2, 3, 4], cells: .max, limit: 50_000_000)
        ) {
            try JunctionTree(domain: domain, cliques: [Clique(0..<5)])
        }
        #expect(
            throws: ModelError.tooLarge(attributes: [0, 1], cells: 100_000_000, limit: 50_000_000)
        ) {
            try JunctionTree(domain: domain, cliques: [Clique([0, 1])])
        }
        let tree = try JunctionTree(
            domain: Domain(sizes: [3, 4]), cliques: [Clique([0, 1])], limit: 12)
        #expect(tree.cellCount == 12)
    }

    @Test("a domain without attributes is one empty clique of one cell")
    func nothing() throws {
        let tree = try JunctionTree(domain: Domain(sizes: []), cliques: [])
        #expect(tree.cliques == [Clique([])])
        #expect(tree.cellCount == 1)
    }

    @Test("attributes of one cell and of ten thousand live in one tree")
    func extremes() throws {
        let pairs = [[0, 1], [1, 2]].map { Clique($0) }
        let tree = try JunctionTree(domain: Domain(sizes: [1, 10_000, 1]), cliques: pairs)
        #expect(tree.cellCount <= 20_000)
        expectSound(tree, holds: pairs)
    }

    @Test("the predicted size is the tree's, and stays so while cliques are added one by one")
    func prediction() throws {
        var random = RandomModels(33)
        for _ in 0..<200 {
            let domain = random.domain(attributes: 1...9, sizes: 1...4)
            let cliques = random.cliques(in: domain, count: 1...8, width: 1...3)
            let tree = try JunctionTree(domain: domain, cliques: cliques)
            let largest = tree.cliques.map { domain.cellCount(of: $0) }.max()
            let size = JunctionTree.predictedSize(domain: domain, cliques: cliques)
            #expect(size.cells == tree.cellCount)
            #expect(size.largestClique == largest)
            var predictor = ModelSizePredictor(domain: domain)
            for (count, clique) in cliques.enumerated() {
                let next = predictor.size(adding: clique)
                predictor.add(clique)
                #expect(predictor.size == next)
                #expect(
                    next
                        == JunctionTree.predictedSize(
                            domain: domain, cliques: Array(cliques[...count])))
            }
        }
        #expect(
            JunctionTree.predictedSize(domain: Domain(sizes: []), cliques: [])
                == ModelSize(cells: 1, largestClique: 1))
    }

    @Test("a prediction beyond the range of Int is cut, not wrapped")
    func predictionOverflow() {
        let size = JunctionTree.predictedSize(
            domain: Domain(sizes: [Int](repeating: 10_000, count: 6)), cliques: [Clique(0..<6)])
        #expect(size.cells == .max)
        #expect(size.largestClique == .max)
        #expect(size.bytes == .max)
    }

    @Test("two hundred attributes in a grid are triangulated soundly")
    func grid() throws {
        let width = 20, height = 10
        var cliques: [Clique] = []
        for row in 0..<height {
            for column in 0..<width {
                let place = row * width + column
                if column > 0, row % 3 == 0 { cliques.append(Clique([place - 1, place])) }
                if row > 0, column % 7 == 0 { cliques.append(Clique([place - width, place])) }
            }
        }
        let tree = try JunctionTree(
            domain: Domain(sizes: [Int](repeating: 3, count: width * height)), cliques: cliques)
        expectSound(tree, holds: cliques)
        #expect(tree.cellCount < 40_000)
    }
}
