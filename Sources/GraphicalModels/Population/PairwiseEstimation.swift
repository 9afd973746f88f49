// SPDX-License-Identifier: Apache-2.0

/// Fitting of a field with a term for each pair of cells to the pairs of a mixture.
public enum PairwiseEstimation {
    /// How a field is fitted.
    public struct Options: Sendable {
        /// Rows that follow the field while it is fitted.
        public var chains: Int
        /// Sweeps over all of them, each with one step of the terms.
        public var sweeps = 60
        /// Public.
        public var seed: UInt64 = 1
        /// Threads; 0 for one a processor.
        public var workers = 0

        /// Chains times attributes times cells, all sweeps together, that are worth their time.
        private static let mostSteps = 30_000_000_000.0

        /// What serves a table.
        ///
        /// - Parameters:
        ///   - records: About how many records the pairs are of; their noise hides what more chains would
        ///     show.
        ///   - domain: Cells of each attribute; wide tables get fewer chains.
        public init(records: Double, domain: Domain) {
            let cells = Double(domain.sizes.reduce(0, +))
            let steps = Double(sweeps) * Double(domain.sizes.count) * cells
            chains = Int(min(max(min(records, Self.mostSteps / steps), 1000), 10_000))
        }
    }

    /// Fits a field.
    ///
    /// Chains begin as rows of the mixture, terms as those of the tree of pairs that have most in common
    /// (Chow and Liu 1968). Then each sweep of all chains is followed by a step on the terms towards `log
    /// (N p + 1) / (c + 1)`, `p` the pair's probability and `c` the chains that have it: stochastic maximum
    /// likelihood with persistent chains (Younes 1989; Tieleman 2008) in the scale of iterative fitting.
    /// The second half of the terms' way is averaged. Post-processing: spends nothing.
    ///
    /// - Parameters:
    ///   - mixture: Its pairs are followed.
    ///   - options: Size and time.
    /// - Returns: The field; equal input gives an equal one to the bit, whatever the threads. It is the
    ///   product of columns where fewer than two attributes vary, or where there are more than
    ///   `PairwiseField.mostPlaces` cells.
    /// - Complexity: O(sweeps × (chains × attributes × cells + cells²)), cells those of all attributes.
    public static func fit(_ mixture: ProductMixture, options: Options) -> PairwiseField {
        let places = PlaceLayout(domain: mixture.domain)
        let isUsable = PairwiseField.isUsable(places)
        let pairs = isUsable ? Self.pairs(mixture, places) : FloatMatrix(rows: 0, width: 0)
        var bias = [Float](repeating: -1000, count: places.width)
        for (position, attribute) in places.attributes.enumerated() {
            let marginal = mixture.marginal(Clique([attribute])).values
            let logarithms = Numbers.logarithms(marginal.map { max($0, 1e-7) })
            for (place, value) in zip(places.range(position), logarithms) {
                bias[place] = Float(value)
            }
        }
        let start = isUsable ? tree(mixture, places, pairs) : pairs
        var field = PairwiseField(
            mixture: mixture, places: places, terms: start, bias: bias, pairs: pairs)
        guard isUsable else { return field }
        field = climb(field, options)
        return field
    }

    /// The mixture's pairs by place and place, 0 for two places of one attribute.
    static func pairs(_ mixture: ProductMixture, _ places: PlaceLayout) -> FloatMatrix {
        let width = mixture.layout.width
        let joint = MatrixProduct.weightedGram(
            mixture.tables, mixture.weights.map(Float.init), width: width)
        let result = FloatMatrix(rows: places.width, width: places.width)
        for (first, attribute) in places.attributes.enumerated() {
            for (second, other) in places.attributes.enumerated() where second != first {
                for (place, x) in zip(places.range(first), mixture.layout.range(attribute)) {
                    // In bounds: places and cells of attributes lie inside their layouts.
                    let row = unsafe result.row(place)
                    for (column, y) in zip(places.range(second), mixture.layout.range(other)) {
                        unsafe row[column] = max(0, joint[x * width + y])
                    }
                }
            }
        }
        return result
    }

    /// Terms of the tree of most mutual information: `log p_xy / (p_x p_y)`.
    private static func tree(
        _ mixture: ProductMixture, _ places: PlaceLayout, _ pairs: FloatMatrix
    ) -> FloatMatrix {
        let terms = FloatMatrix(rows: places.width, width: places.width)
        let information = mixture.mutualInformation()
        let marginals = places.attributes.map { mixture.marginal(Clique([$0])).values }
        // Prim (1957): each attribute joins by its best edge to those that are in.
        var isIn = places.attributes.map { _ in false }
        var best = places.attributes.map { _ in (value: -1.0, other: 0) }
        var next = 0
        for step in places.attributes.indices {
            isIn[next] = true
            if step > 0 {
                let other = best[next].other
                for (i, x) in places.range(next).enumerated() {
                    for (j, y) in places.range(other).enumerated() {
                        // In bounds: as above.
                        let joint = Double(unsafe pairs.row(x)[y])
                        let product = marginals[next][i] * marginals[other][j]
                        let term = Float(Numbers.log((joint + 1e-6) / (product + 1e-6)))
                        unsafe terms.row(x)[y] = term
                        unsafe terms.row(y)[x] = term
                    }
                }
            }
            for candidate in places.attributes.indices where !isIn[candidate] {
                let value = information[places.attributes[next]][places.attributes[candidate]]
                if value > best[candidate].value { best[candidate] = (value, next) }
            }
            next = best.indices.filter { !isIn[$0] }.max { best[$0].value < best[$1].value } ?? 0
        }
        return terms
    }

    private static let rate = 0.1

    private static func climb(_ field: PairwiseField, _ options: Options) -> PairwiseField {
        let crew = Crew(workers: options.workers)
        let places = field.places
        let terms = field.terms
        let mean = FloatMatrix(rows: places.width, width: places.width)
        let wanted = FloatMatrix(rows: places.width, width: places.width)
        let count = options.chains
        let rows = PlaceRows(
            codes: MixtureSampler(model: field.mixture, seed: options.seed)
                .block(0, rowCount: count), count: count, layout: places)
        // A count is a whole number up to that of the chains.
        let logarithms = Numbers.logarithms((0...count).map { Double($0 + 1) }).map { Float($0) }
        forPairs(places, crew) { x, columns in
            for y in columns {
                // In bounds: x and y are places, and counts at most `count`.
                let number = Double(unsafe field.pairs.row(x)[y]) * Double(count) + 1
                unsafe wanted.row(x)[y] = Float(Numbers.log(number))
            }
        }
        var generator = SeededGenerator(seed: options.seed, stream: 1 << 43)
        let averaged = max(1, options.sweeps / 2)
        for sweep in 0..<options.sweeps {
            field.sweep(rows, seed: generator.next(), crew: crew)
            let counts = PlaceCounts(rows, crew: crew)
            let step = Float(rate * (1.05 - Double(sweep) / Double(options.sweeps)))
            let part = sweep >= options.sweeps - averaged ? 1 / Float(averaged) : 0
            forPairs(places, crew) { x, columns in
                // In bounds: as above.
                let row = unsafe terms.row(x)
                let (w, c) = unsafe (wanted.row(x), counts.base + x * places.width)
                let sums = unsafe mean.row(x)
                for y in columns {
                    unsafe row[y] += step * (w[y] - logarithms[Int(c[y])])
                    unsafe sums[y] += part * row[y]
                    unsafe terms.base[y * places.width + x] = row[y]
                    unsafe mean.base[y * places.width + x] = sums[y]
                }
            }
        }
        return PairwiseField(
            mixture: field.mixture, places: places, terms: mean, bias: field.bias,
            pairs: field.pairs)
    }

    /// Calls `body` with each place and the cells of a later attribute; threads share the first attributes.
    private static func forPairs(
        _ places: PlaceLayout, _ crew: Crew, _ body: @Sendable (Int, Range<Int>) -> Void
    ) {
        crew.perform(places.attributes.count) { first in
            for x in places.range(first) {
                for second in places.attributes.indices.dropFirst(first + 1) {
                    body(x, places.range(second))
                }
            }
        }
    }
}
