// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import GraphicalModels

@Suite("Markov random field")
struct MarkovRandomFieldTests {
    @Test("the marginal of every set of attributes is that of the joint", arguments: [false, true])
    func everySubset(zeros: Bool) throws {
        var random = RandomModels(7)
        for _ in 0..<40 {
            let field = try RandomField(&random, total: 500, zeros: zeros)
            let model = field.model
            let attributes = model.domain.sizes.indices
            for bits in 0..<(1 << attributes.count) {
                let clique = Clique(attributes.filter { bits >> $0 & 1 == 1 })
                let marginal = model.marginal(clique)
                #expect(marginal.clique == clique)
                #expect(marginal.shape == clique.attributes.map { model.domain.sizes[$0] })
                #expect(distance(marginal.values, field.joint.marginal(clique)) < 1e-8)
            }
        }
    }

    @Test("where almost nothing is, ends of a chain that no clique holds are numbers still")
    func tiny() throws {
        let domain = Domain(sizes: [2, 2, 2])
        let tree = try JunctionTree(
            domain: domain, cliques: [Clique([0, 1]), Clique([1, 2])])
        // A part of the separator is below the smallest normal number.
        let tables = tree.cliques.map { clique in
            clique.attributes == [0, 1] ? [0, -700, 0, -700.0] : [0, 0, -1000, 0.0]
        }
        let model = MarkovRandomField(tree: tree, tables: tables, total: 1e-9)
        let ends = model.marginal(Clique([0, 2])).values
        #expect(ends.allSatisfy { $0.isFinite && $0 >= 0 }, "\(ends)")
        #expect(abs(ends.reduce(0, +) - 1e-9) < 1e-18)
    }

    @Test("the ends of a long chain are joined without a table over the chain")
    func chain() throws {
        let length = 60, size = 20
        let domain = Domain(sizes: [Int](repeating: size, count: length))
        let tree = try JunctionTree(
            domain: domain, cliques: (1..<length).map { Clique([$0 - 1, $0]) })
        // Every attribute repeats its neighbour with probability ~1: so do the ends.
        let potentials = tree.cliques.map { _ in
            (0..<size * size).map { $0 / size == $0 % size ? 0 : -40.0 }
        }
        let model = MarkovRandomField(
            tree: tree, tables: potentials, total: 2000)
        let ends = model.marginal(Clique([0, length - 1])).values
        for cell in ends.indices {
            #expect(abs(ends[cell] - (cell / size == cell % size ? 100 : 0)) < 1e-6)
        }
    }

    @Test("two leaves of a wide star are joined at its centre alone")
    func star() throws {
        let size = 60
        let domain = Domain(sizes: [Int](repeating: size, count: 15))
        let tree = try JunctionTree(domain: domain, cliques: (1..<15).map { Clique([0, $0]) })
        let potentials = tree.cliques.map { _ in
            (0..<size * size).map { $0 / size == $0 % size ? 0 : -40.0 }
        }
        let model = MarkovRandomField(
            tree: tree, tables: potentials, total: 60)
        for other in 2..<15 {
            let pair = model.marginal(Clique([1, other])).values
            #expect(abs(pair[0] - 1) < 1e-6)
            #expect(abs(pair[1]) < 1e-6)
        }
    }

    @Test("parts of the tree that share nothing are independent")
    func independent() throws {
        let domain = Domain(sizes: [2, 3])
        let (model, _) = try Estimation.fit(
            [
                LinearMeasurement(clique: Clique([0]), values: [30, 70], variance: 1),
                LinearMeasurement(clique: Clique([1]), values: [50, 30, 20], variance: 1),
            ], domain: domain, total: 100, tolerance: 1e-9)
        #expect(
            distance(model.marginal(Clique([0, 1])).values, [15, 9, 6, 35, 21, 14]) < 1e-3)
    }

    @Test("a model without attributes has its total in its one cell")
    func nothing() throws {
        let (model, report) = try Estimation.fit([], domain: Domain(sizes: []), total: 7)
        #expect(report.converged)
        #expect(model.marginal(Clique([])).values == [7])
    }

    @Test("many marginals at once are those of each, with any number of threads")
    func batch() throws {
        var random = RandomModels(31)
        for _ in 0..<20 {
            let field = try RandomField(&random, total: 70)
            let model = field.model
            let attributes = model.domain.sizes.indices
            let cliques = attributes.flatMap { first in attributes.map { Clique([first, $0]) } }
            for workers in [1, 2, 3] {
                let tables = model.marginals(cliques, workers: workers)
                #expect(tables.map(\.clique) == cliques)
                #expect(tables.map(\.values) == cliques.map { model.marginal($0).values })
            }
        }
    }

    @Test("the entropy is that of the joint written out")
    func entropy() throws {
        var random = RandomModels(32)
        for _ in 0..<50 {
            let field = try RandomField(&random, total: 300, zeros: true)
            let exact = field.joint.values.reduce(0) {
                $1 > 0 ? $0 - $1 / 300 * log($1 / 300) : $0
            }
            #expect(abs(field.model.entropy() - exact) < 1e-9)
        }
    }
}
