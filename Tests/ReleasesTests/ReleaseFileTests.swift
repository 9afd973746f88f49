// SPDX-License-Identifier: Apache-2.0

import Governance
import Ledger
import Privacy
import Synthesis
import Testing

@testable import Releases

private let lines = [
    "release: r-1", "source: {paths: [a.csv], format: csv}", "schema: s.json",
    "unit: {column: id, rows: 3}", "privacy: {epsilon: 0.1, delta: 1e-9}",
    "evidence: {share: 0.2, holdout: 0.1, target: y}", "gate: {max_2way_tvd: 0.3}",
    "recipient: {name: lab}", "policy: p.yaml", "ledger: l.sqlite",
    "signing: {key: k, identity: me}",
]

private func file(_ key: String? = nil, _ line: String = "") throws -> ReleaseFile {
    let changed = lines.map { key != nil && $0.hasPrefix((key ?? "") + ":") ? line : $0 }
    return try ReleaseFile(text: changed.joined(separator: "\n"), path: "folder/release.yaml")
}

@Suite("Release file")
struct ReleaseFileTests {
    @Test("decimals are exact and paths start from the file's folder")
    func reads() throws {
        let release = try file()
        #expect(release.epsilon == Rational(numerator: 1, denominator: 10))
        #expect(release.resolve(release.schema) == "folder/s.json")
        #expect(release.resolve("/abs") == "/abs")
        #expect(release.method == .auto)
        #expect(release.evidence?.target == "y")
        #expect(try file("evidence", "evidence: off").evidence == nil)
    }

    @Test("the workload is read by names, and all marginals count alike without one")
    func workload() throws {
        let plain = try file().wishes
        #expect(plain.ways == 3 && plain.weights.isEmpty && plain.preserved.isEmpty)
        #expect(plain.modelMiB == 16)
        let text =
            lines.joined(separator: "\n")
                + """

                synthesis:
                  method: aim
                  workload: {ways: 2, weights: [{columns: [a, b], weight: 0.5}, {columns: c, weight: 3}]}
                  target: y
                  preserve: [[a, b, c], [b, d]]
                  model: {max_mib: 7}
                """
        let wishes = try ReleaseFile(text: text, path: "folder/release.yaml").wishes
        #expect(wishes.ways == 2 && wishes.modelMiB == 7 && wishes.targets == ["y"])
        #expect(wishes.preserved == [["a", "b", "c"], ["b", "d"]])
        #expect(wishes.weights.map(\.columns) == [["a", "b"], ["c"]])
        #expect(wishes.weights[0].factor == Rational(numerator: 1, denominator: 2))
    }

    @Test(
        "what is wrong with a workload is told with file, line and key",
        arguments: [
            "method: guess", "workload: {ways: 4}", "workload: {weight: []}",
            "workload: {weights: [{columns: [a], weight: 0}]}",
            "workload: {weights: [{columns: [], weight: 2}]}",
            "workload: {weights: {a: 2}}", "target: {a: b}", "preserve: [a, b]",
            "preserve: [[a]]", "preserve: [[a, [b]]]", "model: {max_mib: 0}", "model: 80",
        ])
    func refusesWorkload(line: String) throws {
        let text = (lines + ["synthesis: {\(line)}"]).joined(separator: "\n")
        let error = #expect(throws: ConfigurationError.self) {
            try ReleaseFile(text: text, path: "folder/release.yaml")
        }
        let message = try #require(error?.description)
        #expect(message.contains("folder/release.yaml, line 12, key synthesis"), "\(message)")
    }

    @Test("noise is calibrated by zCDP unless the file asks for exact accounting")
    func accountant() throws {
        #expect(try file().accountant == .zcdp)
        let exact = try file("privacy", "privacy: {epsilon: 1, delta: 1e-9, accountant: exact}")
        #expect(exact.accountant == .exact)
    }

    @Test(
        "what is wrong is told with file, line and key",
        arguments: [
            ("privacy", "privacy: {epsilon: 0, delta: 1e-9}"),
            ("privacy", "privacy: {epsilon: -1, delta: 1e-9}"),
            ("privacy", "privacy: {epsilon: .inf, delta: 1e-9}"),
            ("privacy", "privacy: {epsilon: 1001, delta: 1e-9}"),
            ("privacy", "privacy: {epsilon: 1, delta: 0}"),
            ("privacy", "privacy: {epsilon: 1, delta: 1}"), ("privacy", "privacy: {epsilon: 1}"),
            ("privacy", "privacy: {epsilon: 1, delta: 1e-9, accountant: rdp}"),
            ("unit", "unit: {column: id, rows: 0}"), ("unit", "unit: {rows: 2}"),
            ("unit", "unit: {column: id}"), ("unit", "units: {rows: 1}"),
            ("release", "release: ../up"), ("release", "release: 'a b'"),
            ("source", "source: {paths: []}"), ("source", "source: {paths: [a], format: xls}"),
            ("evidence", "evidence: {share: 1}"), ("evidence", "evidence: on"),
            ("gate", "gate: {max_2way_tdv: 0.3}"), ("gate", "gate: {max_2way_tvd: -1}"),
            ("recipient", "recipient: {name: lab, expires: never}"),
            ("recipient", "recipient: {name: lab, expires: 2027-02-30}"),
            ("signing", "signing: {key: k}"), ("ledger", "ledger: [a]"),
        ])
    func refuses(key: String, line: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try file(key, line) }
        let message = try #require(error?.description)
        #expect(message.contains("folder/release.yaml, line "), "\(message)")
        #expect(message.contains("key "), "\(message)")
    }
}

@Suite("A misspelled release file")
struct MisspelledReleaseFileTests {
    @Test(
        "names the unknown key with its line and the one that was meant, and not the missing one",
        arguments: [
            ("privacy", "privcy: {epsilon: 0.1, delta: 1e-9}", 5, "privcy", "privacy"),
            ("unit", "units: {rows: 1}", 4, "units", "unit"),
            ("gate", "gate: {max_2way_tdv: 0.3}", 7, "gate.max_2way_tdv", "max_2way_tvd"),
            ("privacy", "privacy: {epslon: 1, delta: 1e-9}", 5, "privacy.epslon", "epsilon"),
            ("signing", "signing: {key: k, identiy: me}", 11, "signing.identiy", "identity"),
        ])
    func unknown(key: String, line: String, number: Int, name: String, meant: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try file(key, line) }
        let message = try #require(error?.description)
        #expect(
            message.hasPrefix(
                "unknown key: folder/release.yaml, line \(number), key \(name): expected"),
            "\(message)")
        #expect(message.hasSuffix("; did you mean \(meant)?"), "\(message)")
    }

    @Test("names a key that is there twice with its line")
    func twice() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try file("unit", "unit: {column: id, rows: 3, rows: 4}")
        }
        #expect(
            error?.description.hasPrefix("key twice: folder/release.yaml, line 4, key rows: found")
                == true)
    }
}

@Suite("Budget split")
struct BudgetSplitTests {
    @Test(
        "each part spends at most the whole, exactly",
        arguments: ["0", "0.1", "0.333333333333", "0.899"],
        [("0", true), ("0.07", false), ("0.1", true)])
    func sums(share: String, rest: (discovery: String, hasUnits: Bool)) throws {
        let rho = Rho(Rational(numerator: 7, denominator: 30))
        let delta = Rational(numerator: 1, denominator: 1_000_000_007)
        let split = BudgetSplit(
            rho: rho, share: try #require(Rational(decimal: share)),
            discovery: DiscoveryBudget(
                share: try #require(Rational(decimal: rest.discovery)), delta: delta),
            hasUnits: rest.hasUnits)
        let training =
            split.discovery.rho + split.synthesis + split.units + split.distances + split.members
            + split.linkedMembers
        // Counting units takes a fiftieth of what is left, and nothing where it is off.
        let own = rest.hasUnits ? split.synthesis : .zero
        #expect(split.units.scaled(by: Rational(49)) == own)
        #expect(training == rho && split.discovery.delta == delta)
        let holdout = split.model + split.controls + split.linkedControls
        #expect(holdout == (share == "0" ? .zero : rho))
    }
}

@Suite("Words of the budget")
struct BudgetWordsTests {
    @Test("ε is rounded up, and the whole cap reads as the cap")
    func roundsUp() {
        let cap = BudgetCap(
            epsilon: Rational(2), delta: Rational(numerator: 1, denominator: 1_000_000_000))
        #expect(BudgetWords.epsilon(PrivacyCost(.zero), cap) == "0")
        #expect(Double(BudgetWords.epsilon(PrivacyCost(cap.rho), cap)) == 2)
        let half = BudgetWords.epsilon(
            PrivacyCost(cap.rho.scaled(by: Rational(numerator: 1, denominator: 2))), cap)
        let exact = ZeroConcentrated.epsilon(
            rho: cap.rho.scaled(by: Rational(numerator: 1, denominator: 2)), delta: cap.delta)
        #expect((Double(half) ?? 0) >= exact)
        #expect((Double(half) ?? 9) < exact + 0.0011)
    }

    @Test("a tiny ε is shown, and never as zero")
    func tiny() {
        let cap = BudgetCap(
            epsilon: Rational(2), delta: Rational(numerator: 1, denominator: 1_000_000_000))
        let words = BudgetWords.epsilon(
            PrivacyCost(Rho(Rational(numerator: 1, denominator: 1_000_000_000_000))), cap)
        #expect((Double(words) ?? 0) > 0 && (Double(words) ?? 1) < 0.001, "\(words)")
    }

    @Test("two readings of one ρ are explained where their δ differ, and only there")
    func footnote() {
        #expect(BudgetWords.footnote(delta: "1e-9", capDelta: "0.000000001").isEmpty)
        #expect(
            BudgetWords.footnote(delta: "1e-9", capDelta: "1e-8")
                == "  (at the cap's δ, which is larger, the same ρ is less ε)")
        #expect(
            BudgetWords.footnote(delta: "1e-8", capDelta: "1e-9")
                == "  (at the cap's δ, which is smaller, the same ρ is more ε)")
    }
}
