// SPDX-License-Identifier: Apache-2.0

@_spi(Benchmarks) import Privacy

/// Random words, noise and choices.
enum Samplers: Subject {
    static func measure() throws -> [Row] {
        let cells = 4_000_000
        let probe = try SamplerProbe(cells: cells)
        let few = try SamplerProbe(cells: cells / 10)
        var rows = [Row("random words of 64 bits", operations: cells) { probe.words() }]
        for sigma in [1, 10, 1000] {
            let sigma2 = Rational(sigma * sigma)
            let plan = try GaussianPlan(sensitivity: 1, sigma2: sigma2)
            for threads in Set([1, Machine.processors]).sorted() {
                rows.append(
                    Row(
                        "discrete Gaussian, sigma \(sigma), \(threads) threads, table included",
                        operations: cells, prepare: { probe.forgetTables() }
                    ) { probe.gaussian(plan, threads: threads) })
            }
            rows.append(
                Row("  its table alone", operations: 1) { probe.buildTable(sigma2: sigma2) })
            rows.append(
                Row("  by rejection (CKS20), 1 thread", operations: cells / 10) {
                    few.rejection(plan)
                })
        }
        let odd = try GaussianPlan(
            sensitivity: 1, sigma2: Rational(numerator: 123_456_789, denominator: 65_536))
        rows.append(
            Row(
                "discrete Gaussian, sigma2 123456789/65536, 1 thread", operations: cells,
                prepare: { probe.forgetTables() }
            ) { probe.gaussian(odd, threads: 1) })
        for scale in [1, 10, 1000] {
            let plan = try LaplacePlan(sensitivity: 1, scale: Rational(scale))
            for threads in Set([1, Machine.processors]).sorted() {
                rows.append(
                    Row(
                        "discrete Laplace, scale \(scale), \(threads) threads",
                        operations: cells
                    ) { probe.laplace(plan, threads: threads) })
            }
        }
        let epsilon = try SelectionEpsilon(1)
        let choices: [(String, (Int) -> Int128)] = [
            ("spread scores", { Int128($0 % 97) }),
            ("one best, all others far", { $0 == 4321 ? 0 : -1_000_000 }),
            ("one best, all others 20/epsilon behind", { $0 == 4321 ? 0 : -20 }),
            ("all tied", { _ in 7 }),
        ]
        for (name, score) in choices {
            let scores = (0..<10_000).map(score)
            rows.append(
                Row("exponential mechanism, 10,000: \(name)", operations: 20) {
                    for _ in 0..<20 { probe.choose(scores: scores, epsilon: epsilon) }
                })
            rows.append(
                Row("permute-and-flip, 10,000: \(name)", operations: 20) {
                    for _ in 0..<20 { probe.permuteAndFlip(scores: scores, epsilon: epsilon) }
                })
        }
        return rows
    }
}
