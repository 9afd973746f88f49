// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Adam (Kingma and Ba 2015, Algorithm 1) on the logits of a mixture: of each component's share, and of each
/// attribute's cells in it.
struct MixtureDescent: ~Copyable {
    private let problem: MixtureProblem
    private let crew: Crew
    private let components: Int
    /// Logarithms of the probabilities, and the moments of their slopes.
    private let logits, first, second: FloatMatrix
    /// Probabilities, those times their component's share, and slopes.
    private let tables, weighted, slopes: FloatMatrix
    /// What is left of the pairs, times their precision.
    private let residuals: FloatMatrix
    /// What is left of the one-way marginals, times their precision.
    private let rest: FloatMatrix
    private let shares: FloatMatrix
    private let shareSlopes: FloatMatrix
    private var shareMoments: [(logit: Double, first: Double, second: Double)]

    private static let decay: Float = 0.9, squareDecay: Float = 0.99
    private static let tiny: Float = 1e-8
    private static let rate = 0.1
    /// Of places behind the last cell: their probability is 0.
    private static let never: Float = -1000

    /// Starts near the product of columns, each component moved a little by public random numbers.
    init(problem: MixtureProblem, components: Int, seed: UInt64, crew: Crew) {
        self.problem = problem
        self.crew = crew
        self.components = components
        let width = problem.layout.width
        logits = FloatMatrix(rows: components, width: width)
        first = FloatMatrix(rows: components, width: width)
        second = FloatMatrix(rows: components, width: width)
        tables = FloatMatrix(rows: components, width: width)
        weighted = FloatMatrix(rows: components, width: width)
        slopes = FloatMatrix(rows: components, width: width)
        residuals = FloatMatrix(rows: width, width: width)
        rest = FloatMatrix(rows: 1, width: width)
        shares = FloatMatrix(rows: 1, width: (components + 15) / 16 * 16)
        shareSlopes = FloatMatrix(rows: 1, width: (components + 15) / 16 * 16)
        shareMoments = Array(repeating: (0, 0, 0), count: components)
        let cells = problem.layout.offsets[problem.layout.attributes.count]
        var generator = SeededGenerator(seed: seed, stream: 1 << 41)
        for component in 0..<components {
            let row = unsafe logits.row(component)
            for place in 0..<width {
                // Of standard deviation ½: the sum of three uniform numbers of variance 1/12.
                let moved = generator.unit() + generator.unit() + generator.unit() - 1.5
                unsafe row[place] =
                    place < cells ? problem.logMarginals[place] + Float(moved) : Self.never
            }
            unsafe shares.base[component] = 1 / Float(components)
        }
    }

    /// Goes all the way.
    ///
    /// - Returns: The components' shares, and their probabilities by component and place.
    static func run(
        _ problem: MixtureProblem, components: Int, steps: Int, seed: UInt64, crew: Crew
    ) -> (weights: [Double], tables: [Float]) {
        var descent = MixtureDescent(
            problem: problem, components: components, seed: seed, crew: crew)
        for step in 1...steps { descent.advance(step, of: steps) }
        return descent.finish()
    }

    /// Takes a step: the rate falls along half a cosine from `rate` to a hundredth.
    mutating func advance(_ step: Int, of steps: Int) {
        findProbabilities()
        findResiduals()
        let turn = Double(step) / Double(steps)
        let rate = Self.rate * (0.5 * (1 + Numbers.cosineOfPi(times: turn)) + 0.01)
        // What the moments lack of their weight, being averages from 0 on.
        let bias = 1 - Numbers.power(Double(Self.decay), step)
        let squareBias = 1 - Numbers.power(Double(Self.squareDecay), step)
        move(rate: Float(rate / bias), squareBias: Float(1 / squareBias))
        moveShares(rate: rate / bias, squareBias: 1 / squareBias)
    }

    /// The shares and the probabilities.
    consuming func finish() -> (weights: [Double], tables: [Float]) {
        findProbabilities()
        let weights = shares.values[..<components].map(Double.init)
        let sum = weights.reduce(0, +)
        return (weights.map { $0 / sum }, tables.values)
    }

    /// Components that a thread takes at a time.
    private static let part = 16

    private func perform(_ body: @Sendable (Range<Int>) -> Void) {
        let components = self.components
        crew.perform((components + Self.part - 1) / Self.part) { index in
            body(index * Self.part..<min((index + 1) * Self.part, components))
        }
    }

    /// Makes logits logarithms of probabilities, and probabilities of them.
    private func findProbabilities() {
        let (layout, logits, tables, weighted, shares) =
            (problem.layout, self.logits, self.tables, self.weighted, self.shares)
        perform { range in
            for component in range {
                // In bounds: rows have `width` entries, a multiple of 16, and attributes lie inside.
                let a = unsafe logits.row(component)
                let p = unsafe tables.row(component)
                for place in stride(from: 0, to: layout.width, by: 8) {
                    let lanes = unsafe UnsafeRawPointer(a + place)
                        .loadUnaligned(as: SIMD8<Float>.self)
                    unsafe UnsafeMutableRawPointer(p + place)
                        .storeBytes(
                            of: SIMD8<Float>(SIMD8<Double>(lanes).exponential),
                            as: SIMD8<Float>.self)
                }
                let share = unsafe shares.base[component]
                let w = unsafe weighted.row(component)
                for attribute in layout.attributes {
                    let cells = layout.range(attribute)
                    var sum: Float = 0
                    for place in cells { unsafe sum += p[place] }
                    let logarithm = Float(Numbers.log(Double(sum)))
                    let factor = 1 / sum
                    for place in cells {
                        unsafe a[place] -= logarithm
                        unsafe p[place] *= factor
                    }
                }
                for place in 0..<layout.width { unsafe w[place] = share * p[place] }
            }
        }
    }

    /// Compares the mixture's marginals with the noisy ones.
    private func findResiduals() {
        let (problem, tables, weighted, residuals, rest, shares) =
            (self.problem, self.tables, self.weighted, self.residuals, self.rest, self.shares)
        let (width, components) = (problem.layout.width, self.components)
        // In bounds: matrices of as many rows as are said, all of `width` columns.
        unsafe semblance_product(
            shares.base, 1, 0, tables.base, width, rest.base, width, 1, width, components)
        for place in 0..<width {
            unsafe rest.base[place] =
                problem.marginalPrecisions[place] * (rest.base[place] - problem.marginals[place])
        }
        crew.perform(width / Self.part) { index in
            let start = index * Self.part
            unsafe semblance_product(
                tables.base + start, width, 1, weighted.base, width, residuals.row(start), width,
                Self.part, width, components)
            unsafe problem.targets.withUnsafeBufferPointer { targets in
                unsafe problem.precisions.withUnsafeBufferPointer { precisions in
                    let r = unsafe residuals.base
                    for place in start * width..<(start + Self.part) * width {
                        unsafe r[place] = precisions[place] * (r[place] - targets[place])
                    }
                }
            }
        }
    }

    /// Finds the slopes of all logits and moves them.
    private func move(rate: Float, squareBias: Float) {
        let (problem, logits, tables, slopes, residuals, rest, first, second, shares, shareSlopes) =
            (
                self.problem, self.logits, self.tables, self.slopes, self.residuals, self.rest,
                self.first, self.second, self.shares, self.shareSlopes
            )
        let (layout, penalty) = (problem.layout, problem.penalty)
        let width = layout.width
        perform { range in
            // In bounds: as above; `logMarginals` has an entry for each place.
            unsafe semblance_product(
                tables.row(range.lowerBound), 1, width, residuals.base, width,
                slopes.row(range.lowerBound), width, range.count, width, width)
            unsafe problem.logMarginals.withUnsafeBufferPointer { logMarginals in
                for component in range {
                    let (a, p, h) = unsafe (
                        logits.row(component), tables.row(component), slopes.row(component)
                    )
                    let (m, v) = unsafe (first.row(component), second.row(component))
                    let share = unsafe shares.base[component]
                    var ofShare: Float = 0
                    for attribute in layout.attributes {
                        let cells = layout.range(attribute)
                        var mean: Float = 0
                        for place in cells {
                            let own = unsafe penalty * (a[place] - logMarginals[place])
                            let other = unsafe rest.base[place] + own
                            // A pair is counted from both sides.
                            unsafe ofShare += p[place] * (0.5 * h[place] + other)
                            unsafe h[place] += other
                            unsafe mean += p[place] * h[place]
                        }
                        for place in cells {
                            let slope = unsafe share * p[place] * (h[place] - mean)
                            unsafe m[place] += (1 - Self.decay) * (slope - m[place])
                            unsafe v[place] += (1 - Self.squareDecay) * (slope * slope - v[place])
                            let size = unsafe (v[place] * squareBias).squareRoot() + Self.tiny
                            unsafe a[place] -= rate * m[place] / size
                        }
                    }
                    unsafe shareSlopes.base[component] = ofShare
                }
            }
        }
    }

    private mutating func moveShares(rate: Double, squareBias: Double) {
        let (first, second) = (Double(Self.decay), Double(Self.squareDecay))
        let slopes = shareSlopes.values[..<components].map(Double.init)
        let weights = shares.values[..<components].map(Double.init)
        let mean = Numbers.inner(slopes, weights)
        for component in 0..<components {
            let slope = weights[component] * (slopes[component] - mean)
            shareMoments[component].first += (1 - first) * (slope - shareMoments[component].first)
            shareMoments[component].second +=
                (1 - second) * (slope * slope - shareMoments[component].second)
            let size =
                (shareMoments[component].second * squareBias).squareRoot() + Double(Self.tiny)
            shareMoments[component].logit -= rate * shareMoments[component].first / size
        }
        let top = shareMoments.map(\.logit).max() ?? 0
        let powers = Numbers.exponentials(shareMoments.map { $0.logit - top })
        let sum = powers.reduce(0, +)
        for component in 0..<components {
            unsafe shares.base[component] = Float(powers[component] / sum)
        }
    }
}
