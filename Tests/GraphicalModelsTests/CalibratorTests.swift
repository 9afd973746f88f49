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
        MarkovRandomField(tree: tree, tables: potentials, total: joint.values.reduce(0, +))
    }
}

@Suite("Calibrator")
struct CalibratorTests {
    @Test(
        "the marginal of every clique is that of the joint written out", arguments: [false, true])
    func marginals(zeros: Bool) throws {
        var random = RandomModels(3)
        for _ in 0..<150 {
            let field = try RandomField(&random, total: 1000, zeros: zeros)
            let model = field.model
            for (index, node) in field.tree.nodes.enumerated() {
                #expect(distance(model.beliefs[index], field.joint.marginal(node.clique)) < 1e-8)
                #expect(
                    distance(model.separators[index], field.joint.marginal(node.separator)) < 1e-8)
            }
        }
    }

    @Test("potentials far outside the range of exp give the same marginals, and their logarithm")
    func shifted() throws {
        var random = RandomModels(5)
        let field = try RandomField(&random, total: 10)
        let far = field.potentials.map { $0.map { $0 + 5000 } }
        let calibrator = Calibrator(tree: field.tree, crew: Crew(workers: 1))
        let near = calibrator.run(total: 10) { $1 = field.potentials[$0] }
        let shifted = calibrator.run(total: 10) { $1 = far[$0] }
        #expect(abs(shifted - near - 5000 * Double(far.count)) < 1e-8)
        for (index, clique) in field.tree.cliques.enumerated() {
            #expect(distance(calibrator.marginal(index), field.joint.marginal(clique)) < 1e-8)
        }
    }

    @Test("potentials of ±700 in one table leave what is likely and lose nothing to overflow")
    func extremes() throws {
        let domain = Domain(sizes: [2, 2, 2])
        let tree = try JunctionTree(domain: domain, cliques: [Clique([0, 1]), Clique([1, 2])])
        let model = MarkovRandomField(
            tree: tree, tables: [[700, -700, -700, 700], [-700, 700, 700, -700]], total: 8)
        #expect(distance(model.marginal(Clique([0, 1])).values, [4, 0, 0, 4]) < 1e-9)
        #expect(distance(model.marginal(Clique([0, 2])).values, [0, 4, 4, 0]) < 1e-9)
    }

    @Test("where nothing is possible all marginals are zero and the logarithm of the sum is −∞")
    func nothing() throws {
        let tree = try JunctionTree(
            domain: Domain(sizes: [2, 3, 2]), cliques: [Clique([0, 1]), Clique([1, 2])])
        let calibrator = Calibrator(tree: tree, crew: Crew(workers: 1))
        let sum = calibrator.run(total: 5) { node, table in
            table = [Double](repeating: node == 0 ? -.infinity : 0, count: 6)
        }
        #expect(sum == -.infinity)
        for node in 0..<2 { #expect(calibrator.marginal(node) == [0, 0, 0, 0, 0, 0]) }
    }

    @Test("the greatest sum is that of the best joint cell")
    func greatestSum() throws {
        var random = RandomModels(6)
        for _ in 0..<150 {
            let field = try RandomField(&random, total: 1)
            let best = field.joint.cells(of: field.joint.everything).map { codes in
                zip(field.tree.cliques, field.potentials).reduce(0) {
                    $0 + $1.1[field.joint.place(of: codes, in: $1.0)]
                }
            }.max()
            let calibrator = Calibrator(tree: field.tree, crew: Crew(workers: 1))
            let found = calibrator.greatestSum { $1 = field.potentials[$0] }
            #expect(abs(found - (best ?? .nan)) < 1e-9)
        }
    }
}
