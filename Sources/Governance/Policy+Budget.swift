// SPDX-License-Identifier: Apache-2.0

import Ledger
import Privacy

// How a policy words its budget: each limit is a cap, `{epsilon: 3.0, delta: 1e-8}`.
extension Policy {
    /// An item of a list of types or recipients.
    struct Named {
        let name: String
        let jurisdictions: [String]
        let cap: BudgetCap?
    }

    private static let capKeys = ["epsilon", "delta"]

    static func cap(
        _ key: String, _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> BudgetCap? {
        guard let cap = try reader.mapping(key, keys: capKeys) else { return nil }
        let value = try Self.cap(cap)
        return value
    }

    private static func cap(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> BudgetCap {
        BudgetCap(
            epsilon: try number("epsilon", reader, atMost: BudgetCap.largestEpsilon),
            delta: try number("delta", reader, atMost: nil))
    }

    private static func number(
        _ key: String, _ reader: ConfigurationReader, atMost limit: Rational?
    ) throws(ConfigurationError) -> Rational {
        guard let value = try reader.rational(key) else {
            throw reader.error(key, "missing, expected a number")
        }
        guard value > Rational(0), limit.map({ value <= $0 }) ?? (value < Rational(1)) else {
            throw reader.error(
                key,
                limit.map { "out of range, expected above 0 and at most \($0)" }
                    ?? "out of range, expected above 0 and below 1")
        }
        return value
    }

    static func windows(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> [PolicyLimits.Window] {
        var windows: [PolicyLimits.Window] = []
        for item in try reader.mappings("windows", keys: ["days"] + capKeys) ?? [] {
            guard let days = try item.integer("days", in: 1...36_525) else {
                throw item.error("days", "missing, expected the length of the window in days")
            }
            guard !windows.contains(where: { $0.days == days }) else {
                throw item.error("days", "there twice, expected one window of each length")
            }
            windows.append(.init(days: days, cap: try cap(item)))
        }
        return windows
    }

    static func named(
        _ key: String, _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> [Named]? {
        // Where a recipient is has to do with it; with a type of release it has not.
        let keys = key == "recipients" ? ["name", "jurisdictions", "cap"] : ["name", "cap"]
        guard let items = try reader.mappings(key, keys: keys) else { return nil }
        var all: [Named] = []
        for item in items {
            let name = try item.requiredString("name")
            guard !all.contains(where: { $0.name == name }) else {
                throw item.error("name", "there twice, expected each name once")
            }
            all.append(
                Named(
                    name: name,
                    jurisdictions: key == "recipients"
                        ? try item.strings("jurisdictions") ?? [] : [],
                    cap: try cap("cap", item)))
        }
        return all
    }

    static func caps(_ items: [Named]?) -> [String: BudgetCap] {
        var caps: [String: BudgetCap] = [:]
        for item in items ?? [] { caps[item.name] = item.cap }
        return caps
    }
}
