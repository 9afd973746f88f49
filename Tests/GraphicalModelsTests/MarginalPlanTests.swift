// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GraphicalModels

@Suite("Marginal plan")
struct MarginalPlanTests {
    @Test(
        "marginals by way of shared tables are those taken one by one, and so are sums onto the table"
    )
    func agrees() {
        var random = RandomModels(51)
        let crew = Crew(workers: 1)
        for _ in 0..<200 {
            let domain = random.domain(attributes: 1...5, sizes: 1...5)
            let clique = Clique(domain.sizes.indices)
            let targets = random.cliques(in: domain, count: 0...9, width: 0...4)
            let plan = MarginalPlan(clique: clique, targets: targets, domain: domain)
            let table = Factor(
                clique: clique, domain: domain,
                values: (0..<domain.cellCount(of: clique)).map { _ in random.generator.unit() })
            let found = plan.marginals(of: table.values, crew: crew)
            let values = targets.map { target in
                (0..<domain.cellCount(of: target)).map { _ in random.generator.unit() }
            }
            var sums = [Double](repeating: 0, count: table.values.count)
            for (position, target) in targets.enumerated() {
                let direct = table.projected(onto: target, domain: domain)
                #expect(distance(found[position], direct.values) < 1e-12)
                Projection(from: clique, to: target, domain: domain).spread(
                    Addition.self, values[position], onto: &sums, crew: crew)
            }
            var spread = table.values
            plan.spread(values, over: &spread, crew: crew)
            #expect(distance(spread, sums) < 1e-12)
        }
    }
}
