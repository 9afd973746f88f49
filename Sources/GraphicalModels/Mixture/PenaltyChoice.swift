// SPDX-License-Identifier: Apache-2.0

/// Chooses how hard a mixture is penalised by how well it predicts noisy pairs that it was not fitted to.
///
/// The noisy pairs are thinned into two independent parts of four fifths and one fifth of the precision;
/// mixtures are fitted to the first with one κ after another, and judged by their squared error, over
/// the noise's variance, in the second. Noise cannot be predicted, so what is learnt of it costs there, and
/// where the pairs hold nothing but noise, the greatest κ wins and leaves a product of columns. Of penalties
/// that the second part cannot tell apart, the greatest is taken. Post-processing: spends nothing.
struct PenaltyChoice {
    /// κ.
    let best: Double
    /// The κ that were tried, in ascending order, and by how much each errs more than the product of columns:
    /// below 0 where it predicts better.
    let trials: [(penalty: Double, excess: Double)]

    /// Of what is fitted to find κ.
    private static let share = 0.8
    private static let steps = 200
    private static let mostComponents = 128, mostProducts = 100_000_000
    /// κ of a place on the ladder, and the places there are; the search begins in the middle.
    private static let places = 0...8, middle = 3
    static func penalty(at place: Int) -> Double { 0.1 * Numbers.power(1.5, place) }

    /// Tries penalties from a middle one on, upwards or downwards as long as it gets better.
    ///
    /// - Parameters:
    ///   - problem: What is fitted.
    ///   - components: Components of the mixture in the end; fewer are fitted here, which changes κ little.
    ///   - seed: A public seed.
    ///   - workers: Threads; 0 for one a processor.
    init(problem: MixtureProblem, components: Int, seed: UInt64, workers: Int) {
        let width = problem.layout.width
        let count = min(
            components, Self.mostComponents, max(16, Self.mostProducts / max(1, width * width)))
        let (training, test) = problem.thinned(share: Self.share, seed: seed)
        var fits: [Int: [Float]] = [:]
        func excess(_ place: Int) -> Double {
            var penalised = training
            penalised.penalise(by: Self.penalty(at: place))
            let (weights, tables) = MixtureDescent.run(
                penalised, components: count, steps: Self.steps, seed: seed,
                crew: Crew(workers: workers))
            let pairs = MatrixProduct.weightedGram(
                tables, weights.map { Float($0) }, width: width)
            fits[place] = pairs
            return test.excess(of: pairs)
        }
        var found = [Self.middle: excess(Self.middle)]
        var bestPlace = Self.middle
        for direction in [1, -1] where direction == 1 || bestPlace == Self.middle {
            var place = bestPlace + direction
            while Self.places.contains(place) {
                found[place] = excess(place)
                guard found[place, default: 0] < found[bestPlace, default: 0] else { break }
                bestPlace = place
                place += direction
            }
        }
        let least = found[bestPlace, default: 0]
        let alike = found.filter { place, excess in
            guard place > bestPlace, let one = fits[place], let other = fits[bestPlace] else {
                return false
            }
            return excess - least <= test.deviation(between: one, and: other)
        }
        best = Self.penalty(at: alike.keys.max() ?? bestPlace)
        trials = found.sorted { $0.key < $1.key }.map { (Self.penalty(at: $0.key), $0.value) }
    }
}

extension MixtureProblem {
    /// By how much more some pairs err than the product of columns, squared and over the noise's variance.
    fileprivate func excess(of pairs: [Float]) -> Double {
        sum { place, x, y in
            let product = marginals[x] * marginals[y]
            let (own, other) = (pairs[place] - targets[place], product - targets[place])
            return Double(own) * Double(own) - Double(other) * Double(other)
        }
    }

    /// The standard deviation that noise gives to the difference of the errors of two models.
    fileprivate func deviation(between one: [Float], and other: [Float]) -> Double {
        2
            * sum { place, _, _ in
                let difference = Double(one[place] - other[place])
                return difference * difference
            }.squareRoot()
    }

    /// A sum over all measured cells of pairs, each times its precision.
    private func sum(_ term: (_ place: Int, _ x: Int, _ y: Int) -> Double) -> Double {
        let width = layout.width
        var total = 0.0
        for x in 0..<width {
            for y in x + 1..<max(x + 1, width) {
                let place = x * width + y
                if precisions[place] > 0 { total += Double(precisions[place]) * term(place, x, y) }
            }
        }
        return total
    }
}
