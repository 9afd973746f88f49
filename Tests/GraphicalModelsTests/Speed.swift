import GraphicalModels
import Testing
import Glibc
@Test("speed probe") func speed() throws {
    func cpu() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
    var random = RandomModels(99)
    for big in [false, true] {
    let sizes = big ? [Int](repeating: 100, count: 15) : [74, 9, 100, 16, 16, 7, 15, 6, 5, 2, 100, 100, 97, 42, 2]
    let domain = Domain(sizes: sizes)
    let n = 48842.0
    // Latent class data so attributes correlate
    let pairs = (1..<15).map { Clique([Int.random(in: 0..<$0, using: &random.generator), $0]) }
    var w = sizes.map { s in (0..<5).map { _ in (0..<s).map { _ in exp(3*random.noise()/2) } } }
    for a in sizes.indices { for c in 0..<5 { let t = w[a][c].reduce(0,+); w[a][c] = w[a][c].map{$0/t} } }
    let m1 = sizes.indices.map { a in LinearMeasurement(clique: Clique([a]), values: (0..<sizes[a]).map { i in (0..<5).reduce(0){$0+w[a][$1][i]/5}*n + 40*random.noise() }, variance: 1600) }
    let m2 = pairs.map { p in let a = p.attributes[0], b = p.attributes[1]
        return LinearMeasurement(clique: p, values: (0..<sizes[a]*sizes[b]).map { i in (0..<5).reduce(0){$0+w[a][$1][i/sizes[b]]*w[b][$1][i%sizes[b]]/5}*n + 38*random.noise() }, variance: 38*38) }
    var t = cpu()
    let (model, report) = try MirrorDescent.fit(m1+m2, domain: domain, total: n)
    print("fit", cpu()-t, report, model.tree.cellCount)
    t = cpu()
    let (_, r2) = try MirrorDescent.fit(m1+m2, domain: domain, total: n, tolerance: 0.005)
    print("fit tight", cpu()-t, r2)
    t = cpu()
    let s = RowSampler(model: model, seed: 1)
    print("prep", cpu()-t); t = cpu()
    _ = s.block(0, rowCount: 50000)
    print("sample", cpu()-t); t = cpu()
    var k = 0
    for a in 0..<15 { for b in 0..<a { if a % 3 == 0 { _ = model.marginal(Clique([a,b])); k += 1 } } }
    print("marginals", k, cpu()-t)
    if !big { continue }
    }
}
