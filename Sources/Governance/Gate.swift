// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// What the gate says about one figure.
public struct Verdict: Sendable, Hashable {
    /// Whether the release may pass as far as this figure goes.
    public let passes: Bool
    /// `pass`, `fail`, `inconclusive`, `not assessed` or, without a threshold, `reported`.
    public let word: String
}

/// Thresholds that evidence has to meet.
///
/// Evidence is noisy, so the whole interval has to be on the right side: a figure that may be on
/// either side is inconclusive, which is no pass unless the release file says so.
public struct Gate: Sendable {
    private let thresholds: [String: Rational]
    private let allowsInconclusive: Bool

    /// Creates a gate.
    ///
    /// - Parameters:
    ///   - thresholds: Thresholds by name; names begin with `max_` or `min_`.
    ///   - allowsInconclusive: Whether a figure whose interval holds its threshold passes.
    public init(thresholds: [String: Rational], allowsInconclusive: Bool) {
        self.thresholds = thresholds
        self.allowsInconclusive = allowsInconclusive
    }

    /// Judges a figure.
    ///
    /// - Parameters:
    ///   - name: The threshold's name.
    ///   - lower: The interval's lower end; `nil` where the noise hides the figure.
    ///   - upper: The interval's upper end.
    ///   - isConclusive: Whether the measurement's positive control succeeded.
    /// - Returns: The verdict. A threshold on what was not assessed fails.
    public func judge(
        name: String, lower: Double?, upper: Double?, isConclusive: Bool
    ) -> Verdict {
        guard let threshold = thresholds[name] else {
            return Verdict(passes: true, word: lower == nil ? "not assessed" : "reported")
        }
        guard let lower, let upper, lower <= upper else {
            return Verdict(passes: false, word: "not assessed")
        }
        let isMaximum = name.hasPrefix("max_")
        let limit = Double(threshold, rounding: isMaximum ? .down : .up)
        let isGood = isMaximum ? upper <= limit : lower >= limit
        let isBad = isMaximum ? lower > limit : upper < limit
        // A bad figure is bad even where the control failed; a good one then means nothing.
        if isBad { return Verdict(passes: false, word: "fail") }
        if isGood, isConclusive { return Verdict(passes: true, word: "pass") }
        return Verdict(passes: allowsInconclusive, word: "inconclusive")
    }
}
