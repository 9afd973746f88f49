// SPDX-License-Identifier: Apache-2.0

extension AuditRecord.Finding {
    /// What every document and the terminal say where the interval holds all that the figure could be.
    static let cannotTell = "not enough records or budget to tell"

    /// Where a figure says something, by the name of its threshold: from what copies or guesses at random
    /// would have to what is perfect.
    private static let telling: [String: ClosedRange<Double>] = [
        "max_2way_tvd": 0...1, "max_worst_2way_tvd": 0...1, "min_auc": 0.5...1,
        "min_auc_ratio": 0.5...1, "max_attack_advantage": 0...1, "max_linkage_risk": 0...1,
        "min_found": 0...1,
    ]

    /// Whether an interval leaves out anything of the range in which its figure says something.
    ///
    /// - Parameters:
    ///   - name: The name of the figure's threshold.
    ///   - lower: The interval's lower end; `nil` where nothing was assessed.
    ///   - upper: Its upper end.
    /// - Returns: `nil` where nothing was assessed.
    static func isInformative(_ name: String, _ lower: Double?, _ upper: Double?) -> Bool? {
        guard let lower, let upper else { return nil }
        guard let range = telling[name] else { return true }
        return lower > range.lowerBound || upper < range.upperBound
    }

    /// The value as it stands in documents; words where its interval says nothing, `nil` where nothing was
    /// assessed.
    ///
    /// - Parameter digits: Digits after the point.
    func valueWords(digits: Int) -> String? {
        guard let value else { return nil }
        return informative == false ? Self.cannotTell : formatted(value, digits: digits)
    }

    /// The interval as it stands in documents; `nil` where nothing was assessed.
    ///
    /// - Parameter digits: Digits after the point.
    func intervalWords(digits: Int) -> String? {
        guard let lower, let upper else { return nil }
        return formatted(lower, digits: digits) + " to " + formatted(upper, digits: digits)
    }

    /// Why the gate did not let the figure pass.
    var refusal: String {
        let limit = threshold ?? 0
        guard let lower, let upper, let interval = intervalWords(digits: 3) else {
            return "\(name): \(verdict), threshold \(formatted(limit, digits: 3))"
        }
        let words =
            "\(name): \(verdict): \(informative == false ? Self.cannotTell + ", " : "")99% interval \(interval), "
            + "threshold \(formatted(limit, digits: 3))"
        let isGood = name.hasPrefix("max_") ? upper <= limit : lower >= limit
        guard isGood else { return words }
        // Only what could not find its own positive control is on the right side and yet refused.
        return words
            + "; the columns are too coarse for this attack to find even records that are there, so it says nothing: "
            + "remove the threshold, or write inconclusive: allow"
    }
}
