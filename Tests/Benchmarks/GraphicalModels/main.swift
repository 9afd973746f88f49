// SPDX-License-Identifier: Apache-2.0

import Dispatch
import GraphicalModels

// Times the GraphicalModels room on invented measurements, and prints one table.

print("what" + String(repeating: " ", count: 45) + "CPU ms     wall ms   result")

/// Fits with one thread and with all, and says how it ended.
func fits(_ name: String, _ input: (Domain, [LinearMeasurement])) throws -> MarkovRandomField {
    let (domain, measurements) = input
    var last = try Estimation.fit(measurements, domain: domain, workers: 1)
    for workers in [1, 2] {
        let timing = try Timing(runs: 3) {
            last = try Estimation.fit(measurements, domain: domain, workers: workers)
        }
        let end = last.report
        report(
            "fit \(name), \(workers) thread(s)", timing,
            "\(last.model.tree.cellCount) cells, \(end.iterations) steps, loss \(Int(end.loss)), "
                + "gap \(Int(end.gap)) of \(measurements.reduce(0) { $0 + $1.values.count })")
    }
    let warm = try Timing(runs: 3) {
        last = try Estimation.fit(
            measurements, domain: domain, startingFrom: last.model, workers: 1)
    }
    report("fit \(name) again from its result", warm, "\(last.report.iterations) steps")
    return last.model
}

let tree = try fits("spanning tree", Invented.spanningTree())
let wide = try fits("wide tree", Invented.wideTree())

let pairs = (0..<15).flatMap { first in (first + 1..<15).map { Clique([first, $0]) } }
for (name, model) in [("spanning tree", tree), ("wide tree", wide)] {
    var sum = 0.0
    let timing = Timing {
        sum = model.marginals(pairs, workers: 1).reduce(0) { $0 + $1.values[0] }
    }
    report("all pairs of the \(name)", timing, "checksum \(Int(sum))")
}

for (name, model) in [("spanning tree", tree), ("wide tree", wide)] {
    var sampler = RowSampler(model: model, seed: 1)
    let preparation = Timing(runs: 3) { sampler = RowSampler(model: model, seed: 1) }
    report("prepare sampling the \(name)", preparation, "")
    let ready = sampler
    for rowCount in [4096, 1 << 15, 1 << 16] {
        let blocks = (1 << 21) / rowCount
        let timing = Timing(runs: 3) {
            DispatchQueue.concurrentPerform(iterations: blocks) {
                _ = ready.block($0, rowCount: rowCount)
            }
        }
        let rate = Double(blocks * rowCount) / 1e6
        report(
            "2^21 rows of the \(name) by \(rowCount)", timing,
            "million rows/s: \(rate / timing.cpu) of CPU, \(rate / timing.wall) of wall")
    }
}

for count in [15, 100] {
    var generator = SeededGenerator(seed: 9, stream: 0)
    let domain = Domain(sizes: (0..<count).map { _ in 2 + Int(30 * generator.unit()) })
    var predictor = ModelSizePredictor(domain: domain)
    var chosen: [Clique] = []
    // What a greedy choice of cliques does: keeps what stays under a million cells.
    for _ in 0..<4 * count {
        let clique = Clique(
            [Int(generator.unit() * Double(count)), Int(generator.unit() * Double(count))])
        if predictor.size(adding: clique).cells <= 1_000_000 {
            predictor.add(clique)
            chosen.append(clique)
        }
    }
    let others = (0..<100).map { Clique([$0 % count, ($0 * 7 + 3) % count]) }
    var sum = 0
    let timing = Timing {
        for clique in others { sum &+= predictor.size(adding: clique).largestClique }
    }
    report(
        "100 sizes with one more of \(count) attributes", timing,
        "\(chosen.count) cliques, \(predictor.size.cells) cells")
    let whole = Timing {
        for _ in 0..<100 {
            sum &+= JunctionTree.predictedSize(domain: domain, cliques: chosen).cells
        }
    }
    report("100 sizes from nothing, \(count) attributes", whole, "\(sum & 1)")
}
