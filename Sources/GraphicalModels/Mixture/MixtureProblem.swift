// SPDX-License-Identifier: Apache-2.0

/// What a mixture is fitted to, in probabilities and single precision.
struct MixtureProblem: Sendable {
    let layout: CellLayout
    /// Noisy pairs by place and place, symmetric, 0 where nothing was measured.
    private(set) var targets: [Float]
    /// n²/σ² of each of them; 0 where nothing was measured.
    private(set) var precisions: [Float]
    /// m by place, and its logarithm.
    let marginals: [Float], logMarginals: [Float]
    /// n²/σ_j² by place.
    let marginalPrecisions: [Float]
    /// The spectral norm of the whitened noise.
    private var norm: Double
    /// λ.
    private(set) var penalty: Float = 0

    init(
        layout: CellLayout, pairs: [LinearMeasurement], marginals: [[Double]],
        variances: [Double], total: Double, seed: UInt64
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
        norm = Self.spectralNorm(
            layout: layout, precisions: precisions, marginals: self.marginals, seed: seed)
    }

    /// Sets λ to κ times the spectral norm of the noise.
    mutating func penalise(by kappa: Double) {
        penalty = Float(kappa * norm)
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

    /// Splits the noisy pairs in two that are independent of each other, given what was measured (data
    /// thinning: Neufeld and others 2024, Proposition 2; Gaussian noise).
    ///
    /// With `Z` of the same variance as the noise, `Y + √((1−s)/s) Z` has variance `σ²/s` and
    /// `Y − √(s/(1−s)) Z` variance `σ²/(1−s)`, and their noises are uncorrelated.
    ///
    /// - Parameters:
    ///   - share: s, the first one's share of the precision, between 0 and 1.
    ///   - seed: A public seed.
    /// - Returns: Two problems that differ in their pairs alone, both without a penalty.
    func thinned(share: Double, seed: UInt64) -> (MixtureProblem, MixtureProblem) {
        let width = layout.width
        var generator = SeededGenerator(seed: seed, stream: 1 << 42)
        var (first, second) = (self, self)
        let ratio = ((1 - share) / share).squareRoot()
        for x in 0..<width {
            for y in x + 1..<max(x + 1, width) where precisions[x * width + y] > 0 {
                let draw = generator.normal() / Double(precisions[x * width + y]).squareRoot()
                let target = Double(targets[x * width + y])
                for place in [x * width + y, y * width + x] {
                    first.targets[place] = Float(target + ratio * draw)
                    second.targets[place] = Float(target - draw / ratio)
                }
            }
        }
        first.precisions = precisions.map { $0 * Float(share) }
        second.precisions = precisions.map { $0 * Float(1 - share) }
        first.norm = norm * share.squareRoot()
        second.norm = norm * (1 - share).squareRoot()
        return (first, second)
    }
}
