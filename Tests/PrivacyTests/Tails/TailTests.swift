// SPDX-License-Identifier: Apache-2.0

import BigInt
import Testing

@testable import Privacy

@Suite("Tails of noise")
struct TailTests {
    /// e^(−γ) between fractions of 2^400, by its own series in numbers of any size.
    private func exponential(minus gamma: Rational) -> (lower: BigUInt, upper: BigUInt) {
        let unit = BigUInt(1) << 400
        var term = unit
        var sum = BigUInt(0)
        var place: BigUInt = 0
        let (numerator, denominator) = (gamma.numerator.magnitude, gamma.denominator.magnitude)
        // Σ γ^k/k!, whose terms fall once k passes 2γ; each is truncated by less than one unit.
        while !term.isZero {
            sum += term
            place += 1
            term = term * numerator / (denominator * place)
        }
        let slack = place + 1
        let square = BigUInt(1) << 800
        return (square / (sum + slack * slack), square / sum + 1)
    }

    /// P[X ≥ m] by adding every weight in numbers of any size.
    private func gaussian(_ sigma2: Rational, _ m: Int) -> (lower: Rational, upper: Rational) {
        let reach = (Int(clamping: (sigma2.bigCeiling.magnitude).squareRoot()) + 1) * 20 + m
        var (tail, all) = ((BigUInt(0), BigUInt(0)), (BigUInt(0), BigUInt(0)))
        for x in 0...reach {
            let square = Rational(x) * Rational(x) / (2 * sigma2)
            // Beyond this a weight is below every unit.
            let weight = square > 280 ? (0, 1) : exponential(minus: square)
            let times: BigUInt = x == 0 ? 1 : 2
            all = (all.0 + times * weight.0, all.1 + times * weight.1)
            if x >= m { tail = (tail.0 + weight.0, tail.1 + weight.1) }
        }
        return (
            Rational(BigInt(tail.0), over: BigInt(all.1)),
            Rational(BigInt(tail.1), over: BigInt(all.0))
        )
    }

    private func expectClose(
        _ bounds: TailBounds, within parts: Rational, _ comment: Comment? = nil
    ) {
        #expect(bounds.lower <= bounds.upper, comment)
        #expect(bounds.upper - bounds.lower <= bounds.upper * parts, comment)
    }

    private static let parts12 = Rational(numerator: 1, denominator: 1_000_000_000_000)

    @Test(
        "bounds of a Gaussian tail hold the sum of all weights",
        arguments: ["0.01", "1/7", "0.25", "1", "7/3", "12.345", "100", "1000/7"])
    func gaussianSums(text: String) throws {
        let sigma2 = try #require(Rational(text))
        let tail = DiscreteGaussianTail(sigma2: sigma2)
        let root = Int((sigma2.bigCeiling.magnitude).squareRoot())
        for m in [1, 2, root + 1, 3 * root, 8 * root, 14 * root] where m >= 1 {
            let exact = gaussian(sigma2, m)
            let bounds = tail.probability(atLeast: m)
            #expect(bounds.lower <= exact.upper && exact.lower <= bounds.upper, "m \(m)")
            if bounds.lower > 0 { expectClose(bounds, within: Self.parts12, "m \(m)") }
            // The other side holds the rest.
            let other = tail.probability(atLeast: 1 - m)
            #expect(other.lower + bounds.upper == 1 && other.upper + bounds.lower == 1)
        }
    }

    @Test("a Gaussian tail of one part in 10^40 and in 10^300 keeps its digits")
    func deep() throws {
        for (sigma, m) in [(1, 13), (1, 37), (10, 133), (1000, 13_300), (1000, 37_000)] {
            let tail = DiscreteGaussianTail(sigma2: Rational(sigma * sigma))
            let bounds = tail.probability(atLeast: m)
            #expect(bounds.lower > 0)
            #expect(bounds.upper < (try #require(Rational("1e-36"))))
            expectClose(bounds, within: Self.parts12)
        }
    }

    @Test("a tail beyond every delta is still bounded, and not written out")
    func beyond() {
        let gaussian = DiscreteGaussianTail(sigma2: 1).probability(atLeast: 1 << 60)
        let laplace = DiscreteLaplaceTail(scale: 1).probability(atLeast: 1 << 60)
        let tiny = Rational(1, over: BigInt(10).power(440))
        for bounds in [gaussian, laplace] {
            #expect(bounds.lower == 0)
            #expect(bounds.upper > 0 && bounds.upper < tiny)
        }
    }

    @Test("sums and integrals agree where the one hands over to the other")
    func handover() throws {
        let limit = Rational(1 << 34)
        let summed = DiscreteGaussianTail(sigma2: limit)
        let integrated = DiscreteGaussianTail(
            sigma2: limit + Rational(numerator: 1, denominator: 1_000_000))
        let close = Rational(numerator: 1, denominator: 100_000_000)
        for sigmas in [2, 5, 8, 14] {
            let m = sigmas << 17
            let first = summed.probability(atLeast: m)
            let second = integrated.probability(atLeast: m)
            expectClose(first, within: Self.parts12)
            expectClose(second, within: close)
            // σ² differs by less than one part in 10^16.
            #expect(first.lower <= second.upper * (1 + Self.parts12))
            #expect(second.lower <= first.upper * (1 + Self.parts12))
        }
        let middle = integrated.probability(atLeast: 1000)
        #expect(middle.lower <= middle.upper)
        #expect(middle.upper == Rational(numerator: 1, denominator: 2))
        #expect(middle.lower >= integrated.probability(atLeast: 3 << 17).lower)
    }

    @Test("both ways to the sum of all weights agree, and pi has its digits")
    func normaliser() {
        for sigma2 in [100, 1000, 12_345, 1_000_000] as [Rational] {
            let integral = GaussianIntegral.normaliser(sigma2)
            let first = Bracket(
                expMinus: 1, over: 2 * sigma2.numerator.magnitude, bits: 200)
            var sum = first * GaussianLadder.sum(sigma2: sigma2, from: 1)
            sum.places -= 1
            sum = sum + Bracket(lower: 1, upper: 1, places: 0)
            let places = max(sum.places, integral.places)
            let (one, other) = (sum.places(places), integral.places(places))
            #expect(one.lower <= other.upper && other.lower <= one.upper)
            #expect((other.upper - other.lower) << 100 < other.upper)
            #expect((one.upper - one.lower) << 50 < one.upper)
        }
    }

    @Test("a longer tail is never more likely, and wider noise reaches further")
    func monotone() {
        var earlier: Rational = 1
        let narrow = DiscreteGaussianTail(sigma2: 9)
        let wide = DiscreteGaussianTail(sigma2: 10)
        for m in -20...60 {
            let bounds = narrow.probability(atLeast: m)
            #expect(bounds.upper < earlier)
            earlier = bounds.lower
            if m > 0 { #expect(bounds.upper < wide.probability(atLeast: m).lower) }
        }
    }

    @Test("the least point is below delta, and the point before it is not")
    func leastPoints() throws {
        for text in ["0.3", "0.01", "1e-6", "1e-9", "1e-40"] {
            let delta = try #require(Rational(text))
            let gaussian = DiscreteGaussianTail(sigma2: 100)
            let far = try #require(gaussian.leastPoint(delta: delta))
            #expect(gaussian.probability(atLeast: far).upper <= delta)
            #expect(far == 1 || gaussian.probability(atLeast: far - 1).lower > delta)
            let laplace = DiscreteLaplaceTail(scale: 3)
            let point = try #require(laplace.leastPoint(delta: delta))
            #expect(laplace.probability(atLeast: point).upper <= delta)
            #expect(point == 1 || laplace.probability(atLeast: point - 1).lower > delta)
        }
        #expect(DiscreteGaussianTail(sigma2: 1).leastPoint(delta: 1) == 1)
    }

    @Test("a Laplace tail falls by one factor at every step")
    func laplaceSteps() throws {
        for text in ["0.2", "1", "7/3", "1000", "1e6"] {
            let scale = try #require(Rational(text))
            let tail = DiscreteLaplaceTail(scale: scale)
            let base = exponential(minus: 1 / scale)
            let unit = BigInt(1) << 400
            for m in [1, 2, 50, 1000] {
                let (near, far) = (
                    tail.probability(atLeast: m), tail.probability(atLeast: m + 1)
                )
                if near.lower == 0 { continue }
                expectClose(near, within: Self.parts12)
                #expect(far.lower <= near.upper * Rational(BigInt(base.upper), over: unit))
                #expect(far.upper >= near.lower * Rational(BigInt(base.lower), over: unit))
            }
            // P[X ≥ 1] + P[X ≥ 0] = 1 leaves P[X = 0] = (1 − a)/(1 + a).
            let none = tail.probability(atLeast: 0).upper - tail.probability(atLeast: 1).lower
            let exact =
                (1 - Rational(BigInt(base.lower), over: unit))
                / (1 + Rational(BigInt(base.lower), over: unit))
            #expect(none >= exact)
            #expect(none <= exact + Self.parts12)
        }
    }
}

@Suite("Known answers of tails", .enabled(if: Vectors.arePresent))
struct TailVectorTests {
    private enum Noise {
        case gaussian(DiscreteGaussianTail)
        case laplace(DiscreteLaplaceTail)

        init(_ vector: Vector) throws {
            self =
                vector.op.hasPrefix("dgauss")
                ? .gaussian(DiscreteGaussianTail(sigma2: try vector.rational("sigma2")))
                : .laplace(DiscreteLaplaceTail(scale: try vector.rational("scale")))
        }

        func bounds(_ m: Int) -> TailBounds {
            switch self {
            case .gaussian(let tail): tail.probability(atLeast: m)
            case .laplace(let tail): tail.probability(atLeast: m)
            }
        }
    }

    /// 1 − (1 − δ₁)^l0.
    private func joint(_ single: Rational, categories: Int) -> Rational {
        1 - (0..<categories).reduce(1) { keep, _ in keep * (1 - single) }
    }

    @Test(
        "delta of thresholded releases",
        arguments: Vectors.of("dlaplace_threshold_delta") + Vectors.of("dgauss_threshold_delta"))
    func deltas(vector: Vector) throws {
        let m = try vector.int("threshold") - vector.int("linf")
        let single = try Noise(vector).bounds(m)
        let categories = try vector.int("l0")
        // The reference has twenty digits, so it may be off by one part in 10^19.
        let slack = Rational(numerator: 1, denominator: 1_000_000_000_000_000_000)
        let reference = try #require(vector.reference.rational)
        #expect(joint(single.upper, categories: categories) >= reference * (1 - slack))
        #expect(joint(single.lower, categories: categories) <= reference * (1 + slack))
        #expect(
            try vector.accepts(
                Double(joint(single.upper, categories: categories), rounding: .up)))
    }

    @Test(
        "the least threshold of a delta",
        arguments: Vectors.of("dlaplace_threshold") + Vectors.of("dgauss_threshold"))
    func thresholds(vector: Vector) throws {
        let noise = try Noise(vector)
        let delta = try vector.rational("delta")
        let (categories, rows) = (try vector.int("l0"), try vector.int("linf"))
        let threshold = try #require(vector.reference.int)
        func total(_ threshold: Int) -> Rational {
            joint(noise.bounds(threshold - rows).upper, categories: categories)
        }
        #expect(total(threshold) <= delta)
        #expect(total(threshold - 1) > delta)
    }

    @Test("differences of tails are the known probabilities")
    func differences() throws {
        var graded = 0
        let tables: [(String, (Rational) -> (Int) -> TailBounds)] = [
            (
                "discrete_gaussian_pmf.csv",
                {
                    let tail = DiscreteGaussianTail(sigma2: $0);
                    return { tail.probability(atLeast: $0) }
                }
            ),
            (
                "discrete_laplace_pmf.csv",
                {
                    let tail = DiscreteLaplaceTail(scale: $0);
                    return { tail.probability(atLeast: $0) }
                }
            ),
        ]
        for (name, tail) in tables {
            for line in try Vectors.table(name) {
                let parameter = try #require(Rational(decimal: line[0]))
                let bounds = tail(parameter)
                let place = try #require(Int(line[1]))
                let known = try #require(Double(line[2]))
                let (here, next) = (bounds(place), bounds(place + 1))
                guard here.lower > 0 else { continue }
                let found = Double(here.upper - next.lower, rounding: .toNearestOrEven)
                // The difference of two tails of twenty digits, against a table of fifteen.
                let spread = Double(here.upper, rounding: .up) * 1e-12
                #expect(abs(found - known) <= 1e-11 * known + spread, "\(name) \(line)")
                graded += 1
            }
        }
        #expect(graded > 100)
    }
}
