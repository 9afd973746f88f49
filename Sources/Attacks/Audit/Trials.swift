// SPDX-License-Identifier: Apache-2.0

/// Upper bounds on the error rates of a test that tells two tables apart.
public struct ErrorRates: Sendable, Hashable {
    /// How often at most the test says "with" of an output without the unit.
    public let falsePositive: Double
    /// How often at most the test says "without" of an output with the unit.
    public let falseNegative: Double
}

/// Scores of outputs of a mechanism, on one table without a privacy unit and on the same table with it.
public struct Trials: Sendable {
    /// Scores on the table without the unit, in the order of the runs.
    public private(set) var without: [Double] = []
    /// Scores on the table with the unit.
    public private(set) var with: [Double] = []

    /// Creates an empty experiment.
    public init() {}

    /// Creates an experiment.
    ///
    /// - Parameters:
    ///   - without: Scores on the table without the unit.
    ///   - with: Scores on the table with the unit.
    public init(without: [Double], with: [Double]) {
        self.without = without
        self.with = with
    }

    /// Adds a score.
    ///
    /// - Parameters:
    ///   - score: Any number but NaN.
    ///   - hasUnit: Which table it is of.
    public mutating func add(_ score: Double, hasUnit: Bool) {
        if hasUnit { with.append(score) } else { without.append(score) }
    }

    /// Tests a claim.
    ///
    /// A threshold on the score is chosen by the first half of the runs and judged by the second (Jagielski, Ullman
    /// and Oprea 2020): both error rates there have Clopper-Pearson bounds, each wrong with half of `falseAlarm`. A
    /// true claim is rejected with probability at most `falseAlarm`, whatever the scores are.
    ///
    /// - Parameters:
    ///   - claim: The claim.
    ///   - falseAlarm: The probability of rejecting a true claim, above 0 and below 1.
    /// - Returns: The finding; with fewer than two runs of a table it contradicts nothing.
    public func test(_ claim: PrivacyClaim, falseAlarm: Double) -> (
        leastParameter: Double, isRejected: Bool
    ) {
        guard min(without.count, with.count) >= 2 else { return (0, false) }
        let chosen = half(first: true), judged = half(first: false)
        var best = (value: -1.0, cut: Cut(threshold: 0, isAbove: true))
        for threshold in Self.candidates(chosen.without + chosen.with) {
            for isAbove in [true, false] {
                let cut = Cut(threshold: threshold, isAbove: isAbove)
                let value = claim.leastParameter(
                    allowing: chosen.rates(of: cut, level: falseAlarm / 2))
                if value > best.value { best = (value, cut) }
            }
        }
        let least = claim.leastParameter(
            allowing: judged.rates(of: best.cut, level: falseAlarm / 2))
        return (least, least > claim.parameter)
    }

    /// A test: it says "with" of scores on one side of a threshold.
    private struct Cut {
        let threshold: Double
        let isAbove: Bool

        func says(_ score: Double) -> Bool { (score >= threshold) == isAbove }
    }

    private func half(first: Bool) -> Trials {
        func part(_ scores: [Double]) -> [Double] {
            first ? Array(scores[..<(scores.count / 2)]) : Array(scores[(scores.count / 2)...])
        }
        return Trials(without: part(without), with: part(with))
    }

    private func rates(of cut: Cut, level: Double) -> ErrorRates {
        ErrorRates(
            falsePositive: BinomialBounds.upper(
                successes: without.count(where: cut.says), trials: without.count, level: level),
            falseNegative: BinomialBounds.upper(
                successes: with.count { !cut.says($0) }, trials: with.count, level: level))
    }

    /// Some of the scores, evenly spread over their ranks.
    private static func candidates(_ scores: [Double]) -> [Double] {
        let distinct = Set(scores).sorted()
        guard distinct.count > 64 else { return distinct }
        let sorted = scores.sorted()
        return Set((0...64).map { sorted[$0 * (sorted.count - 1) / 64] }).sorted()
    }
}
