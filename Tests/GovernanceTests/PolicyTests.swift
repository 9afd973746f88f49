// SPDX-License-Identifier: Apache-2.0

import Governance
import Ledger
import Privacy
import Testing

private let text = """
    policy: office
    population: members
    cap: {epsilon: 6, delta: 1e-8}
    limits: {max_epsilon_per_release: 2, max_delta_per_release: 1e-9, max_rows_per_unit: 5}
    evidence: {required: true, min_holdout: 0.1}
    recipients:
      - {name: lab, jurisdictions: [US]}
      - {name: anyone}
    """

private let head = "policy: x\npopulation: p\ncap: {epsilon: 1, delta: 0.1}\n"

private func facts(
    epsilon: String = "1", delta: String = "1e-9", rows: Int = 4, evidence: Bool = true,
    holdout: String = "0.1", recipient: String = "lab", type: String? = nil,
    jurisdiction: String? = "US", expires: String? = nil
) throws -> PlanFacts {
    PlanFacts(
        epsilon: try #require(Rational(decimal: epsilon)),
        delta: try #require(Rational(decimal: delta)), rowsPerUnit: rows, evidence: evidence,
        holdout: try #require(Rational(decimal: holdout)), recipient: recipient,
        releaseType: type, jurisdiction: jurisdiction, expires: expires, today: "2026-06-01")
}

@Suite("Policy")
struct PolicyTests {
    @Test("numbers keep their decimal text exactly")
    func exactNumbers() throws {
        let policy = try Policy(yaml: text, name: "policy.yaml")
        #expect(policy.cap.delta == Rational(numerator: 1, denominator: 100_000_000))
        #expect(policy.population == "members")
    }

    @Test("a release within the limits has no violation")
    func allowed() throws {
        let policy = try Policy(yaml: text, name: "policy.yaml")
        #expect(policy.check(try facts()).isEmpty)
        #expect(policy.check(try facts(epsilon: "2", rows: 5)).isEmpty)
        #expect(policy.check(try facts(recipient: "anyone", jurisdiction: nil)).isEmpty)
        #expect(policy.check(try facts(expires: "2026-06-01")).isEmpty)
    }

    @Test("each limit is reported on its own")
    func violations() throws {
        let policy = try Policy(yaml: text, name: "policy.yaml")
        #expect(policy.check(try facts(epsilon: "2.0000001")).count == 1)
        #expect(policy.check(try facts(delta: "1.1e-9")).count == 1)
        #expect(policy.check(try facts(rows: 6)).count == 1)
        #expect(policy.check(try facts(evidence: false, holdout: "0")).count == 1)
        #expect(policy.check(try facts(holdout: "0.09")).count == 1)
        #expect(policy.check(try facts(recipient: "stranger")).count == 1)
        #expect(policy.check(try facts(jurisdiction: "FR")).count == 1)
        #expect(policy.check(try facts(jurisdiction: nil)).count == 1)
        #expect(policy.check(try facts(expires: "2026-05-31")).count == 1)
        #expect(policy.check(try facts(epsilon: "9", rows: 9, evidence: false)).count == 3)
    }

    @Test(
        "a wrong policy names the file, the line and the key",
        arguments: [
            ("policy: x\npopulation: p\ncap: {epsilon: 0, delta: 1e-8}", "cap.epsilon"),
            ("policy: x\npopulation: p\ncap: {epsilon: 1001, delta: 1e-8}", "cap.epsilon"),
            ("policy: x\npopulation: p\ncap: {epsilon: 1, delta: 1}", "cap.delta"),
            ("policy: x\npopulation: p\ncap: {epsilon: .nan, delta: 0.1}", "cap.epsilon"),
            ("policy: x\npopulation: p\ncap: {epsilon: 1, delta: 0.1}\nlimit: {}", "limit"),
            ("policy: x\ncap: {epsilon: 1, delta: 0.1}", "population"),
            ("policy: x\npopulation: p", "cap"),
            ("policy: [x]\npopulation: p", "policy"),
            (head + "windows: [{epsilon: 1, delta: 0.1}]", "windows[0].days"),
            (head + "windows: [{days: 0, epsilon: 1, delta: 0.1}]", "windows[0].days"),
            (head + "windows: [{days: 9, epsilon: 1}]", "windows[0].delta"),
            (head + "windows: [{days: 9, epsilon: 1, delta: 0.1, per: x}]", "windows[0].per"),
            (
                head
                    + "windows: [{days: 9, epsilon: 1, delta: 0.1}, {days: 9, epsilon: 2, delta: 0.1}]",
                "windows[1].days"
            ),
            (head + "release_types: [{name: a}, {name: a}]", "release_types[1].name"),
            (
                head + "release_types: [{name: a, jurisdictions: [US]}]",
                "release_types[0].jurisdictions"
            ),
            (
                head + "recipients: [{name: a, cap: {epsilon: 2000, delta: 0.1}}]",
                "recipients[0].cap.epsilon"
            ),
            (head + "each_recipient: 5", "each_recipient"),
            (head + "ledger: {anchor: x}", "ledger.path"),
            (head + "ledger: {path: x, file: y}", "ledger.file"),
        ])
    func wrong(yaml: String, key: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Policy(yaml: yaml, name: "policy.yaml")
        }
        let message = try #require(error?.description)
        #expect(message.contains("policy.yaml, line "))
        let isNamed = message.hasSuffix("key \(key)") || message.contains("key \(key): expected")
        #expect(isNamed, "\(message)")
    }

    @Test("an unknown key is told before a missing one, with the key that was meant")
    func misspelled() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Policy(
                yaml: "policy: x\npopulaton: p\ncap: {epsilon: 1, delta: 0.1}", name: "policy.yaml")
        }
        let message = try #require(error?.description)
        #expect(
            message.hasPrefix("unknown key: policy.yaml, line 2, key populaton: expected one of"))
        #expect(message.hasSuffix("; did you mean population?"), "\(message)")
        let nested = #expect(throws: ConfigurationError.self) {
            try Policy(yaml: "policy: x\npopulation: p\ncap:\n  epsilom: 1", name: "policy.yaml")
        }
        #expect(
            nested?.description.hasPrefix("unknown key: policy.yaml, line 4, key cap.epsilom")
                == true)
        #expect(nested?.description.hasSuffix("; did you mean epsilon?") == true)
    }

    @Test(
        "a key that is there twice is told with file, line and key, at any depth",
        arguments: [
            ("policy: x\npopulation: p\npolicy: y", "line 1, key policy"),
            (
                head + "limits:\n  max_rows_per_unit: 3\n  max_rows_per_unit: 4",
                "line 5, key max_rows"
            ),
            (head + "windows: [{days: 9, epsilon: 1, epsilon: 2}]", "line 4, key epsilon"),
        ])
    func twice(yaml: String, place: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Policy(yaml: yaml, name: "policy.yaml")
        }
        let message = try #require(error?.description)
        #expect(message.hasPrefix("key twice: policy.yaml, \(place)"), "\(message)")
        #expect(message.hasSuffix("remove one of the two"))
    }

    @Test("limits beside the cap for life are read: windows, types of release, recipients")
    func budget() throws {
        let policy = try Policy(
            yaml: head + """
                windows:
                  - {days: 365, epsilon: 3.0, delta: 1e-8}
                  - {days: 30, epsilon: 1.0, delta: 1e-8}
                release_types: [{name: test-data, cap: {epsilon: 2, delta: 1e-8}}, {name: research}]
                recipients: [{name: lab, cap: {epsilon: 4, delta: 1e-8}}, {name: office}]
                each_recipient: {epsilon: 0.5, delta: 1e-8}
                ledger: {path: /var/ledger.sqlite, anchor: /mnt/anchor}
                """, name: "policy.yaml")
        #expect(policy.budget.windows.map(\.days) == [30, 365])
        #expect(policy.budget.releaseTypes.keys.sorted() == ["test-data"])
        #expect(policy.budget.cap(ofRecipient: "lab")?.epsilon == 4)
        #expect(policy.budget.cap(ofRecipient: "office")?.epsilon == Rational(decimal: "0.5"))
        #expect(policy.ledger == LedgerPlace(path: "/var/ledger.sqlite", anchor: "/mnt/anchor"))
        #expect(policy.releaseTypes == ["test-data", "research"])
        #expect(policy.check(try facts(type: "research")).isEmpty)
        #expect(policy.check(try facts(type: "marketing")).count == 1)
        #expect(policy.check(try facts()).count == 1)
        let plain = try Policy(yaml: head, name: "policy.yaml")
        #expect(plain.check(try facts(type: "research")).count == 1)
    }

    @Test("text that is no YAML mapping is refused", arguments: ["", "- a", "a: [", "just text"])
    func notYAML(yaml: String) {
        #expect(throws: ConfigurationError.self) { try Policy(yaml: yaml, name: "policy.yaml") }
    }
}

@Suite("Gate")
struct GateTests {
    private let gate = Gate(
        thresholds: [
            "max_x": Rational(numerator: 1, denominator: 4),
            "min_y": Rational(numerator: 1, denominator: 2),
        ], allowsInconclusive: false)

    @Test("the whole interval has to be on the right side")
    func sides() {
        func word(_ name: String, _ lower: Double?, _ upper: Double?, _ conclusive: Bool = true)
            -> String
        {
            gate.judge(name: name, lower: lower, upper: upper, isConclusive: conclusive).word
        }
        #expect(word("max_x", 0.1, 0.25) == "pass")
        #expect(word("max_x", 0.2, 0.3) == "inconclusive")
        #expect(word("max_x", 0.26, 0.3) == "fail")
        #expect(word("min_y", 0.5, 0.9) == "pass")
        #expect(word("min_y", 0.4, 0.6) == "inconclusive")
        #expect(word("min_y", 0.1, 0.4) == "fail")
        #expect(word("max_x", 0, 0.1, false) == "inconclusive")
        #expect(word("max_x", 0.3, 0.4, false) == "fail")
        #expect(word("max_x", .nan, 0.1) == "not assessed")
        #expect(word("max_x", nil, nil) == "not assessed")
        #expect(word("other", 0, 1) == "reported")
    }

    @Test("what is not assessed or inconclusive does not pass a threshold")
    func passing() {
        let lenient = Gate(
            thresholds: ["max_x": Rational(numerator: 1, denominator: 4)], allowsInconclusive: true)
        #expect(!gate.judge(name: "max_x", lower: 0.2, upper: 0.3, isConclusive: true).passes)
        #expect(lenient.judge(name: "max_x", lower: 0.2, upper: 0.3, isConclusive: true).passes)
        #expect(!lenient.judge(name: "max_x", lower: 0.3, upper: 0.4, isConclusive: true).passes)
        #expect(!lenient.judge(name: "max_x", lower: nil, upper: nil, isConclusive: true).passes)
        #expect(gate.judge(name: "other", lower: nil, upper: nil, isConclusive: false).passes)
    }
}
