// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import GraphicalModels

/// A tree with log-potentials, and the same distribution written out.
struct RandomField {
    let tree: JunctionTree
    let potentials: [[Double]]
    let joint: Joint

    init(_ random: inout RandomModels, total: Double, zeros: Bool = false) throws {
        let domain = random.domain(attributes: 1...6, sizes: 1...4)
        let tree = try JunctionTree(
            domain: domain, cliques: random.cliques(in: domain, count: 0...6, width: 1...3))
        var potentials: [[Double]] = []
        for clique in tree.cliques {
            potentials.append(
                (0..<domain.cellCount(of: clique)).map { _ in
                    let draw = random.generator.unit()
                    return zeros && draw < 0.15 ? -.infinity : 6 * draw - 3
                })
        }
        // One joint cell always stays possible.
        for index in potentials.indices where potentials[index][0] == -.infinity {
            potentials[index][0] = 0
        }
        var joint = Joint(domain: domain) { _ in 0 }
        joint.values = joint.cells(of: joint.everything).map { codes in
            exp(
                zip(tree.cliques, potentials).reduce(0) {
                    $0 + $1.1[joint.place(of: codes, in: $1.0)]
                })
        }
        self.tree = tree
        self.potentials = potentials
        self.joint = joint.scaled(to: total)
    }

    var model: MarkovRandomField {
        MarkovRandomField(
            tree: tree, conditionals: tree.conditionals(of: potentials),
            total: joint.values.reduce(0, +))
    }
}

@Suite("Message passing")
struct MessagePassingTests {
    @Test(
        "the marginal of every clique is that of the joint written out", arguments: [false, true])
    func marginals(zeros: Bool) throws {
        var random = RandomModels(3)
        for _ in 0..<150 {
            let field = try RandomField(&random, total: 1000, zeros: zeros)
            let beliefs = field.tree.marginals(
                of: field.tree.conditionals(of: field.potentials), total: 1000)
            for (clique, belief) in zip(field.tree.cliques, beliefs) {
                #expect(distance(belief, field.joint.marginal(clique)) < 1e-8)
            }
        }
    }

    @Test("a conditional table sums to one for each cell of its separator")
    func conditionals() throws {
        var random = RandomModels(4)
        for _ in 0..<100 {
            let field = try RandomField(&random, total: 1, zeros: true)
            let tables = field.tree.conditionals(of: field.potentials).tables
            for (node, table) in zip(field.tree.nodes, tables) {
                let sums = Factor(clique: node.clique, domain: field.tree.domain, values: table)
                    .projected(onto: node.separator, domain: field.tree.domain)
                #expect(sums.values.allSatisfy { abs($0 - 1) < 1e-12 })
            }
        }
    }

    @Test("potentials far outside the range of exp give the same marginals")
    func shifted() throws {
        var random = RandomModels(5)
        let field = try RandomField(&random, total: 10)
        let far = field.potentials.map { $0.map { $0 + 5000 } }
        let beliefs = field.tree.marginals(of: field.tree.conditionals(of: far), total: 10)
        for (clique, belief) in zip(field.tree.cliques, beliefs) {
            #expect(distance(belief, field.joint.marginal(clique)) < 1e-8)
        }
    }

    @Test("the least sum is that of the best joint cell")
    func leastSum() throws {
        var random = RandomModels(6)
        for _ in 0..<150 {
            let field = try RandomField(&random, total: 1)
            let best = field.joint.cells(of: field.joint.everything).map { codes in
                zip(field.tree.cliques, field.potentials).reduce(0) {
                    $0 + $1.1[field.joint.place(of: codes, in: $1.0)]
                }
            }.min()
            #expect(abs(field.tree.leastSum(of: field.potentials) - (best ?? .nan)) < 1e-9)
        }
    }
}
