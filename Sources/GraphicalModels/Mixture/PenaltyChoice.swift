// SPDX-License-Identifier: Apache-2.0

/// Chooses how hard a mixture is penalised by how well it predicts noisy pairs that it was not fitted to.
///
/// The noisy pairs are thinned into two independent parts of four fifths and one fifth of the precision;
/// mixtures are fitted to the first with one κ after another, and judged by their squared error, over
/// the noise's variance, in the second. Noise cannot be predicted, so what is learnt of it costs there, and
/// where no κ predicts surely better than columns alone, the greatest is taken and leaves a product of
/// columns. Of those that do and that the second part cannot tell from the best one, that nearest to the
/// usual one is taken: squared errors in a fifth of the precision say less than experience where they say
/// little. Post-processing: spends nothing.
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
    /// The places of the ladder above and below the usual κ.
    private static let places = -3...5
    /// Standard deviations by which a penalty must predict better to be taken for the usual one.
    private static let doubt = 4.0
    /// From one place to the next.
    private static let step = 1.5

    /// Tries penalties from the usual one on, upwards or downwards as long as it gets better.
    ///
    /// - Parameters:
    ///   - problem: What is fitted.
    ///   - components: Components of the mixture in the end; fewer are fitted here, which changes κ little.
    ///   - usual: The κ that serves most tables.
    ///   - seed: A public seed.
    ///   - workers: Threads; 0 for one a processor.
    init(problem: MixtureProblem, components: Int, usual: Double, seed: UInt64, workers: Int) {
        func penalty(at place: Int) -> Double {
            let factor = Numbers.power(Self.step, abs(place))
            return place < 0 ? usual / factor : usual * factor
        }
        let width = problem.layout.width
        let count = min(
            components, Self.mostComponents, max(16, Self.mostProducts / max(1, width * width)))
        let (training, test) = problem.thinned(share: Self.share, seed: seed)
        var fits: [Int: [Float]] = [:]
        func excess(_ place: Int) -> Double {
            var penalised = training
            penalised.penalise(by: penalty(at: place))
            let (weights, tables) = MixtureDescent.run(
                penalised, components: count, steps: Self.steps, seed: seed,
                crew: Crew(workers: workers))
            let pairs = MatrixProduct.weightedGram(
                tables, weights.map { Float($0) }, width: width)
            fits[place] = pairs
            return test.excess(of: pairs)
        }
        var found = [0: excess(0)]
        var bestPlace = 0
        for direction in [1, -1] where direction == 1 || bestPlace == 0 {
            var place = bestPlace + direction
            while Self.places.contains(place) {
                found[place] = excess(place)
                guard found[place, default: 0] < found[bestPlace, default: 0] else { break }
                bestPlace = place
                place += direction
            }
        }
        let least = found[bestPlace, default: 0]
        let columns = (0..<width * width).map { place in
            problem.marginals[place / width] * problem.marginals[place % width]
        }
        let alike = found.filter { place, excess in
            guard let one = fits[place], let other = fits[bestPlace],
                excess < -test.deviation(between: one, and: columns)
            else { return false }
            return excess - least <= Self.doubt * test.deviation(between: one, and: other)
        }
        best = penalty(at: alike.keys.min { abs($0) < abs($1) } ?? Self.places.upperBound)
        trials = found.sorted { $0.key < $1.key }.map { (penalty(at: $0.key), $0.value) }
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
