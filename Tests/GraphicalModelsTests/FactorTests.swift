// SPDX-License-Identifier: Apache-2.0

import GraphicalModels
import Testing

@Suite("Factor")
struct FactorTests {
    @Test("a projection sums what is dropped, whatever attribute that is")
    func projections() {
        let domain = Domain(sizes: [2, 9, 3])
        let table = Factor(clique: Clique([2, 0]), domain: domain, values: [1, 2, 3, 4, 5, 6])
        #expect(table.shape == [2, 3])
        #expect(table.projected(onto: Clique([0]), domain: domain).values == [6, 15])
        #expect(table.projected(onto: Clique([2]), domain: domain).values == [5, 7, 9])
        #expect(table.projected(onto: Clique([]), domain: domain).values == [21])
        #expect(table.projected(onto: Clique([0, 2]), domain: domain).values == table.values)
    }

    @Test("a product covers the union of both cliques")
    func products() {
        let domain = Domain(sizes: [2, 3, 2])
        let left = Factor(clique: Clique([0, 1]), domain: domain, values: [1, 2, 3, 4, 5, 6])
        let right = Factor(clique: Clique([2]), domain: domain, values: [10, 100])
        let product = left.multiplied(by: right, domain: domain)
        #expect(product.clique == Clique([0, 1, 2]))
        #expect(
            product.values == [10, 100, 20, 200, 30, 300, 40, 400, 50, 500, 60, 600])
        let inner = left.multiplied(
            by: Factor(clique: Clique([1]), domain: domain, values: [1, 0, 2]), domain: domain)
        #expect(inner.values == [1, 0, 6, 4, 0, 12])
        let scaled = Factor(clique: Clique([]), domain: domain, values: [2])
            .multiplied(by: right, domain: domain)
        #expect(scaled.values == [20, 200])
    }

    @Test("random products and projections agree with the joint written out")
    func randomTables() {
        var random = RandomModels(8)
        for _ in 0..<100 {
            let domain = random.domain(attributes: 2...5, sizes: 1...4)
            let cliques = random.cliques(in: domain, count: 2...2, width: 1...2)
            let tables = cliques.map { clique in
                Factor(
                    clique: clique, domain: domain,
                    values: (0..<domain.cellCount(of: clique)).map { _ in random.generator.unit() })
            }
            let product = tables[0].multiplied(by: tables[1], domain: domain)
            var joint = Joint(domain: domain) { _ in 0 }
            joint.values = joint.cells(of: joint.everything).map { codes in
                tables.reduce(1) { $0 * $1.values[joint.place(of: codes, in: $1.clique)] }
            }
            let repeats = Double(
                domain.cellCount(of: joint.everything) / domain.cellCount(of: product.clique))
            let expected = joint.marginal(product.clique).map { $0 / repeats }
            #expect(distance(product.values, expected) < 1e-12)
        }
    }

    @Test("a clique is a set: order and repetition do not matter")
    func cliques() {
        #expect(Clique([3, 1, 3]) == Clique([1, 3]))
        #expect(Clique([1, 3]).isSubset(of: Clique([0, 1, 3])))
        #expect(!Clique([1, 2]).isSubset(of: Clique([0, 1, 3])))
        #expect(Clique([1, 2, 5]).intersection(Clique([5, 1])) == Clique([1, 5]))
        #expect(Domain(sizes: [2, 3]).cellCount(of: Clique([])) == 1)
        #expect(
            Domain(sizes: [Int](repeating: 1 << 20, count: 4)).cellCount(of: Clique(0..<4)) == .max)
    }
}
