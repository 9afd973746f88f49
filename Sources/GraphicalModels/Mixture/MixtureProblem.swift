// SPDX-License-Identifier: Apache-2.0

/// What a mixture is fitted to, in probabilities and single precision.
struct MixtureProblem: Sendable {
    let layout: CellLayout
    /// Noisy pairs by place and place, symmetric, 0 where nothing was measured.
    let targets: [Float]
    /// n²/σ² of each of them; 0 where nothing was measured.
    let precisions: [Float]
    /// m by place, and its logarithm.
    let marginals: [Float], logMarginals: [Float]
    /// n²/σ_j² by place.
    let marginalPrecisions: [Float]
    /// λ.
    let penalty: Float

    init(
        layout: CellLayout, pairs: [LinearMeasurement], marginals: [[Double]],
        variances: [Double], total: Double, penalty: Double, seed: UInt64
    ) {
        self.layout = layout
        let width = layout.width
        self.marginals = layout.joined(marginals)
        logMarginals = self.marginals.map { Float(Numbers.log(max(Double($0), 1e-6))) }
        marginalPrecisions = layout.joined(
            zip(marginals, variances).map { values, variance in
                values.map { _ in total * total / variance }
            })
        // Measurements of one pair are averaged by inverse variance.
        var sums = [Double](repeating: 0, count: width * width)
        var weights = sums
        for pair in pairs {
            precondition(pair.clique.attributes.count == 2, "a mixture is fitted to pairs")
            let rows = layout.range(pair.clique.attributes[0])
            let columns = layout.range(pair.clique.attributes[1])
            var cell = 0
            for x in rows {
                for y in columns {
                    let weight = 1 / pair.variances[cell]
                    for place in [x * width + y, y * width + x] {
                        sums[place] += weight * pair.values[cell]
                        weights[place] += weight
                    }
                    cell += 1
                }
            }
        }
        targets = zip(sums, weights).map { $1 > 0 ? Float($0 / $1 / total) : 0 }
        precisions = weights.map { Float($0 * total * total) }
        self.penalty = Float(
            penalty
                * Self.spectralNorm(
                    layout: layout, precisions: precisions, marginals: self.marginals, seed: seed))
    }

    /// The greatest singular value of noise of unit variance in each measured cell, whitened: `(n/σ) √(m_x m_y)`.
    ///
    /// Signs stand for the noise: the norm of a large matrix of independent entries depends on their
    /// variances (Bai and Yin 1988).
    private static func spectralNorm(
        layout: CellLayout, precisions: [Float], marginals: [Float], seed: UInt64
    ) -> Double {
        let width = layout.width
        var generator = SeededGenerator(seed: seed, stream: 1 << 40)
        let roots = marginals.map { Double($0).squareRoot() }
        var noise = [Double](repeating: 0, count: width * width)
        for x in 0..<width {
            var bits: UInt64 = 0
            for y in x + 1..<max(x + 1, width) {
                if (y - x - 1) % 64 == 0 { bits = generator.next() }
                let sign = bits & 1 == 0 ? 1.0 : -1.0
                bits >>= 1
                let entry =
                    sign * Double(precisions[x * width + y]).squareRoot() * roots[x] * roots[y]
                noise[x * width + y] = entry
                noise[y * width + x] = entry
            }
        }
        var vector = (0..<width).map { _ in generator.unit() - 0.5 }
        var norm = 0.0
        for _ in 0..<30 {
            let next = (0..<width).map { row in
                Numbers.inner(Array(noise[row * width..<(row + 1) * width]), vector)
            }
            norm = Numbers.inner(next, next).squareRoot()
            guard norm > 0 else { return 0 }
            vector = next.map { $0 / norm }
        }
        return norm
    }
}
