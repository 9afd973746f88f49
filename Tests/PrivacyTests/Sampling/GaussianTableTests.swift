// SPDX-License-Identifier: Apache-2.0

import BigInt
import Glibc
import Testing

@testable import Privacy

/// Bits given word by word, and zeros after them.
private struct Script: BitSource {
    private var words: [UInt64]
    /// How many words were asked for.
    private(set) var asked = 0

    init(_ words: [UInt64]) { self.words = words }

    mutating func word() -> UInt64 {
        defer { asked += 1 }
        return asked < words.count ? words[asked] : 0
    }

    mutating func bit() -> Bool { fatalError("a table asks for whole words") }
    mutating func bits(_ count: Int) -> UInt64 { fatalError("a table asks for whole words") }
}

/// B(x) = P[|X| ≤ x] between fractions of 2^places, from weights that are each computed anew.
private struct Oracle {
    private(set) var lower: [BigUInt] = []
    private(set) var upper: [BigUInt] = []
    let places: Int

    init(sigma2: Rational, cells: Int, places: Int) {
        self.places = places
        let root = Int(sigma2.bigCeiling.magnitude.squareRoot()) + 1
        // Beyond this all weights together are below one unit.
        let reach = root * (2 + Int((Double(places + 40) * 1.3863).squareRoot()))
        var sums = (lower: [BigUInt](), upper: [BigUInt]())
        var sum = (lower: BigUInt(0), upper: BigUInt(0))
        for x in 0...max(reach, cells) {
            let square = Rational(x) * Rational(x) / (2 * sigma2)
            let weight = Bracket(
                expMinus: square.numerator.magnitude, over: square.denominator.magnitude,
                bits: places + 40)
            let excess = weight.places - places - 40
            let times: BigUInt = x == 0 ? 1 : 2
            sum.lower += times * (weight.lower >> excess)
            sum.upper += times * (weight.upper >> excess + 1)
            sums.lower.append(sum.lower)
            sums.upper.append(sum.upper)
        }
        sum.upper += 1 << 20
        for x in 0..<cells {
            lower.append((sums.lower[x] << places) / sum.upper)
            upper.append((sums.upper[x] << places) / sum.lower + 1)
        }
    }

    /// The absolute value that a real number with these leading bits has; `nil` when the bits do not say.
    func magnitude(prefix: BigUInt, bits: Int) -> Int? {
        for x in lower.indices {
            if (prefix + 1) << (places - bits) <= lower[x] { return x }
            if prefix << (places - bits) < upper[x] { return nil }
        }
        return nil
    }
}

@Suite("Inversion of the discrete Gaussian")
struct GaussianTableTests {
    private static let variances = [
        "0.01", "1/7", "0.25", "1", "7/3", "100", "123456789/65536", "10000",
    ]

    private func table(_ text: String) throws -> (table: GaussianTable, masses: GaussianMasses) {
        let masses = GaussianMasses(sigma2: try #require(Rational(text)))
        return (GaussianTable(masses), masses)
    }

    @Test("thresholds lie below the exact distribution by less than promised", arguments: variances)
    func thresholds(text: String) throws {
        let masses = try table(text).masses
        let count = min(masses.thresholds.count, 600)
        let oracle = Oracle(sigma2: masses.sigma2, cells: count, places: 200)
        for x in 0..<count {
            let threshold = BigUInt(masses.thresholds[x]) << (200 - 63)
            #expect(threshold <= oracle.lower[x], "cell \(x)")
            // Closer than one and a half units of 2^-63.
            #expect(oracle.upper[x] < threshold + BigUInt(3) << (200 - 64), "cell \(x)")
        }
        #expect(masses.thresholds.last == .max >> 1)
        #expect(zip(masses.thresholds, masses.thresholds.dropFirst()).allSatisfy { $0 <= $1 })
        // The normaliser is known to 120 places.
        let width = masses.normaliser.upper - masses.normaliser.lower
        #expect(width << 121 <= BigUInt(1) << masses.normaliser.places)
    }

    @Test(
        "at every border of cells, each number of bits leads where the exact distribution says",
        arguments: variances.dropFirst().prefix(5))
    func borders(text: String) throws {
        let (table, masses) = try table(text)
        let cells = min(masses.thresholds.count, 40)
        let oracle = Oracle(sigma2: masses.sigma2, cells: cells, places: 520)
        var paths = (certain: 0, second: 0, third: 0)
        for x in 0..<(cells - 1) {
            // The digits of the border itself: a real number that stays undecided as long as possible.
            let border = oracle.lower[x]
            let words = (0..<4).map { place in
                // 63 bits, then 64 at a time.
                let bits = 63 + 64 * place
                return UInt64(
                    (border >> (520 - bits)) & BigUInt(place == 0 ? UInt64.max >> 1 : .max))
            }
            for place in 0..<3 {
                for change in [-3, -2, -1, 0, 1, 2, 3] as [Int64] {
                    var changed = words
                    changed[place] = UInt64(bitPattern: Int64(bitPattern: words[place]) &+ change)
                    if place == 0 && changed[0] > .max >> 1 { continue }
                    // What comes after the change is anything; here the digits of the border again.
                    for sign in [0, 1] as [UInt64] {
                        var script = Script([changed[0] << 1 | sign] + changed.dropFirst())
                        let draw = table.draw(from: &script)
                        #expect(draw == 0 || (draw < 0) == (sign == 1))
                        var prefix = BigUInt(changed[0])
                        for word in 1..<max(1, script.asked) {
                            prefix = prefix << 64 + BigUInt(word < 4 ? changed[word] : 0)
                        }
                        let bits = 63 + 64 * (script.asked - 1)
                        #expect(
                            oracle.magnitude(prefix: prefix, bits: bits) == Int(abs(draw)),
                            "cell \(x), word \(place), change \(change)")
                        switch script.asked {
                        case 1: paths.certain += 1
                        case 2: paths.second += 1
                        default: paths.third += 1
                        }
                    }
                }
            }
        }
        #expect(paths.certain > 0 && paths.second > 0 && paths.third > 0, "\(paths)")
    }

    @Test("all words of a coarse grid lead to the cells that contain them", arguments: variances)
    func grid(text: String) throws {
        let (table, masses) = try table(text)
        var faults = 0
        var cell = 0
        for step in 0..<(1 << 16) as Range<UInt64> {
            let v = step << 47
            while v >= masses.thresholds[cell] { cell += 1 }
            let found = table.certainMagnitude(of: v)
            let border = cell == 0 ? nil : masses.thresholds[cell - 1]
            let isClear = border.map { v - $0 > 1 } ?? true
            if found != (isClear ? Int64(cell) : -1) { faults += 1 }
        }
        #expect(faults == 0)
        #expect(table.certainMagnitude(of: .max >> 1) == -1)
    }

    @Test("a draw beyond the table goes on with its bits, to any distance")
    func beyond() throws {
        let (table, _) = try table("1")
        // Bits all ones for long: far out, at 13, 18 and 25 standard deviations or so.
        for ones in [2, 4, 7] {
            var script = Script([UInt64](repeating: .max, count: ones))
            let draw = table.draw(from: &script)
            // P[|X| > x] is about 2^-(64·ones): x²/2 is about 64·ones·ln 2.
            let expected = (128 * Double(ones) * M_LN2).squareRoot()
            #expect(draw < 0)
            #expect(abs(Double(-draw) - expected) < 2)
            #expect(script.asked >= ones)
        }
    }

    @Test("a refinement in numbers of any size agrees with the table wherever that is certain")
    func refinement() throws {
        var state: UInt64 = 7
        for text in Self.variances {
            let (table, masses) = try table(text)
            for _ in 0..<10 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let v = state >> 1
                let refinement = GaussianRefinement(
                    sigma2: masses.sigma2, bits: 63, of: BigUInt(v))
                #expect(refinement.certainMagnitude() == table.certainMagnitude(of: v))
            }
        }
    }

    // False alarms: once in 6·10^7 runs each, see `ChiSquare.isPlausible`.
    @Test(
        "draws from a table and by rejection fit the exact probabilities",
        arguments: ["0.01", "1/7", "0.25", "1", "7/3", "12345/678", "100", "2500"])
    func fit(text: String) throws {
        let sigma2 = try #require(Rational(text))
        let spread = Double(sigma2, rounding: .toNearestOrEven)
        let plan = try GaussianPlan(sensitivity: 1, sigma2: sigma2)
        let right = Reference.gaussian(sigma2: spread, farthest: Int(9 * spread.squareRoot()) + 2)
        var source = try NoiseSource()
        let (table, _) = try table(text)
        for sampler in [GaussianSampler.table(table), GaussianSampler(rejecting: plan)] {
            var draws = [Int64](repeating: 0, count: 400_000)
            var span = draws.mutableSpan
            sampler.addDraws(to: &span, from: &source)
            #expect(ChiSquare(observed: tally(draws), probabilities: right).isPlausible)
            let wrong = Reference.gaussian(
                sigma2: spread * (spread < 0.1 ? 2 : 1.1),
                farthest: Int(9 * spread.squareRoot()) + 2)
            #expect(
                spread < 0.02
                    || !ChiSquare(observed: tally(draws), probabilities: wrong).isPlausible)
        }
    }

    @Test(
        "moments of draws are those of the noise, from a tenth to a hundred thousand",
        arguments: ["0.1", "0.5", "3", "31", "1000", "20000", "100000"])
    func moments(text: String) throws {
        let sigma = try #require(Rational(text))
        let plan = try GaussianPlan(sensitivity: 1, sigma2: sigma * sigma)
        var source = try NoiseSource()
        let count = 200_000
        var draws = [Int64](repeating: 0, count: count)
        source.addGaussian(plan, to: &draws)
        let spread = Double(sigma, rounding: .toNearestOrEven)
        var exact = (second: spread * spread, fourth: 3 * pow(spread, 4))
        if spread < 5 {
            let pmf = Reference.gaussian(sigma2: spread * spread, farthest: 60)
            exact.second = pmf.reduce(0) { $0 + $1.value * pow(Double($1.key), 2) }
            exact.fourth = pmf.reduce(0) { $0 + $1.value * pow(Double($1.key), 4) }
        }
        let mean = draws.reduce(0) { $0 + Double($1) } / Double(count)
        let square = draws.reduce(0) { $0 + Double($1) * Double($1) } / Double(count)
        // Seven standard deviations of the two means; at σ = 0.1 no draw but zero is expected.
        let slack = 7 / Double(count).squareRoot()
        #expect(abs(mean) <= slack * exact.second.squareRoot() + 1e-9)
        #expect(
            abs(square - exact.second) <= slack
                * (exact.fourth - exact.second * exact.second).squareRoot() + 1e-9)
    }

    @Test("a table is built where it pays, kept, and never beyond its largest width")
    func cache() throws {
        let cache = GaussianTableCache(byteLimit: 1 << 20)
        #expect(cache.table(for: 10_000, draws: 10) == nil)
        #expect(cache.table(for: 10_000, draws: 10_000) != nil)
        #expect(cache.table(for: 10_000, draws: 1) != nil)
        // Many small queries pay for a table together.
        let first = (1...1000).first { _ in cache.table(for: 9_999, draws: 10) != nil }
        #expect(first == 70)
        let large = GaussianTable.largestSigma2
        #expect(cache.table(for: large + 1, draws: .max) == nil)
        // Larger than the cache: everything else is dropped.
        #expect(cache.table(for: 250_000_000, draws: .max) != nil)
        #expect(cache.table(for: 10_000, draws: 1) == nil)
        cache.forget()
        #expect(cache.table(for: 250_000_000, draws: 1) == nil)
    }

    @Test("the widest table has its thresholds in order and its normaliser proven")
    func widest() throws {
        let masses = GaussianMasses(sigma2: GaussianTable.largestSigma2)
        #expect(masses.thresholds.last == .max >> 1)
        #expect(zip(masses.thresholds, masses.thresholds.dropFirst()).allSatisfy { $0 <= $1 })
        let integral = GaussianIntegral.normaliser(masses.sigma2)
        let places = max(integral.places, masses.normaliser.places)
        let (one, other) = (integral.places(places), masses.normaliser.places(places))
        #expect(one.lower <= other.upper && other.lower <= one.upper)
    }

    @Test("proposals beyond 64 scales are judged, in numbers of any size")
    func farProposals() throws {
        let shape = try #require(GaussianShape(sigma2: 1))
        // γ = (|y|·2 − 1)²/8 for σ² = 1, t = 2; coins that always succeed keep it, one failure does not.
        var ones = TapeBits(seed: 1)
        #expect(!shape.keepsFar(129, &ones))
    }
}
