// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GraphicalModels

@Suite("Evidence")
struct EvidenceTests {
    @Test("a restricted model is the joint without the other cells", arguments: [false, true])
    func restricts(zeros: Bool) throws {
        var random = RandomModels(61)
        for _ in 0..<100 {
            let field = try RandomField(&random, total: 400, zeros: zeros)
            var allowed: [Int: Set<Int>] = [:]
            for attribute in field.joint.domain.sizes.indices where random.generator.unit() < 0.5 {
                // Code 0 is always possible.
                allowed[attribute] = [0]
                for code in 1..<max(2, field.joint.domain.sizes[attribute])
                where random.generator.unit() < 0.4 {
                    allowed[attribute]?.insert(code)
                }
            }
            var joint = field.joint
            for (cell, codes) in joint.cells(of: joint.everything).enumerated() {
                for (attribute, allowed) in allowed where !allowed.contains(codes[attribute]) {
                    joint.values[cell] = 0
                }
            }
            let model = try field.model.restricted(to: allowed)
            #expect(abs(model.total - joint.values.reduce(0, +)) < 1e-8)
            for clique in field.tree.cliques + [joint.everything] {
                #expect(distance(model.marginal(clique).values, joint.marginal(clique)) < 1e-8)
            }
        }
    }

    @Test("rows of a restricted model meet the condition")
    func sampled() throws {
        var random = RandomModels(62)
        let joint = random.joint(over: Domain(sizes: [4, 5, 3]), total: 1000)
        let cliques = [Clique([0, 1]), Clique([1, 2])]
        let model = try Estimation.fit(
            cliques.map {
                LinearMeasurement(clique: $0, values: joint.marginal($0), variance: 1)
            }, domain: joint.domain
        ).model
        let rows = RowSampler(model: try model.restricted(to: [0: [1, 3], 2: [2]]), seed: 1)
            .block(0, rowCount: 500)
        #expect(rows[..<500].allSatisfy { $0 == 1 || $0 == 3 })
        #expect(rows[1000...].allSatisfy { $0 == 2 })
        #expect(Set(rows[..<500]).count == 2)
    }

    @Test("a weighted model is the joint with each cell times its probability to stay")
    func weights() throws {
        var random = RandomModels(63)
        for _ in 0..<50 {
            let field = try RandomField(&random, total: 400, zeros: false)
            let attribute = field.joint.domain.sizes.count - 1
            let shares = (0..<field.joint.domain.sizes[attribute]).map { code in
                code == 0 ? 0.25 : random.generator.unit()
            }
            var joint = field.joint
            for (cell, codes) in joint.cells(of: joint.everything).enumerated() {
                joint.values[cell] *= shares[codes[attribute]]
            }
            let model = try field.model.weighted(by: [attribute: shares])
            #expect(abs(model.total - joint.values.reduce(0, +)) < 1e-8)
            #expect(
                distance(model.marginal(joint.everything).values, joint.marginal(joint.everything))
                    < 1e-8)
        }
    }

    @Test("a condition without probability is refused; no condition changes nothing")
    func extremes() throws {
        let tree = try JunctionTree(domain: Domain(sizes: [2, 2]), cliques: [Clique([0, 1])])
        let model = MarkovRandomField(
            tree: tree, tables: [[0, -.infinity, 0, -.infinity]], total: 6)
        #expect(throws: ModelError.impossible) { try model.restricted(to: [1: [1]]) }
        #expect(throws: ModelError.impossible) { try model.restricted(to: [0: []]) }
        let same = try model.restricted(to: [:])
        #expect(distance(same.beliefs[0], model.beliefs[0]) < 1e-12)
        #expect(abs(same.total - 6) < 1e-12)
    }
}
