// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
import Privacy
import Synthesis
import Tables
import Testing

@testable import Attacks

/// Discovery through the curator; each audit rejects a true claim with a probability of 1e-6 at most.
@Suite("Audit of discovery")
struct DiscoveryAuditTests {
    @Test(
        "names of texts and of numbers keep what δ and ρ pay for, and the bounds are not idle",
        arguments: [(1, 0), (4, OpenCurator.textKeyBits), (16, OpenCurator.textKeyBits)])
    func kept(unitRows: Int, keyBits: Int) throws {
        let findings = try DiscoveryAudit.run(
            unitRows: unitRows, rho: half, keyBits: keyBits, label: "discovery", runs: 3000,
            falseAlarm: 1e-6, temporaryDirectory: NSTemporaryDirectory())
        #expect(findings.map(\.claim.symbol) == ["δ", "δ", "ρ"])
        for finding in findings { #expect(!finding.isRejected, "\(finding)") }
        #expect(findings[2].leastParameter > 0.05, "\(findings[2])")
        // Of one and of many new categories one pair has nearly all of δ.
        let delta = max(findings[0].leastParameter, findings[1].leastParameter)
        #expect(delta > 0.1 * findings[0].claim.parameter, "\(findings)")
    }

    @Test("one category alone, and a threshold beyond any invented table, are audited too")
    func ugly() throws {
        let tiny = Rational(numerator: 1, denominator: 1_000_000)
        for (rho, delta) in [(half, tiny), (Rho(tiny), tiny)] {
            let plan = try ThresholdPlan(
                unitRows: 2, budget: PrivacyCost(rho, delta: delta), mostKeys: 1,
                keyBits: OpenCurator.textKeyBits)
            let findings = try DiscoveryAudit.run(
                plan, label: "discovery", runs: 100, falseAlarm: 1e-6,
                temporaryDirectory: NSTemporaryDirectory(),
                progress: { (_, _) throws(AuditError) in })
            #expect(findings.count == 3 && findings.allSatisfy { !$0.isRejected })
            #expect(findings[0].provesNothing)
        }
    }

    @Test("the steps of a release's discovery run with their own noise, those that are alike once")
    func steps() throws {
        let fields = [
            #"{"name": "a", "type": "string", "semblance": {"discover": {"categories": 5}}}"#,
            #"{"name": "b", "type": "string", "semblance": {"discover": {"categories": 5}}}"#,
            #"{"name": "c", "type": "integer", "semblance": {"discover": {"categories": 5}}}"#,
            #"{"name": "d", "type": "integer", "semblance": {"discover": {"bins": 5}}}"#,
        ]
        let schema = try Schema(
            json: Array(#"{"fields": [\#(fields.joined(separator: ","))]}"#.utf8), name: "s")
        let plan = try DiscoveryPlan(
            schema: schema, unitRows: 3,
            budget: PrivacyCost(Rho(4), delta: Rational(numerator: 1, denominator: 1000)))
        let findings = try DiscoveryAudit.run(
            plan.steps, runs: 500, falseAlarm: 1e-6, temporaryDirectory: NSTemporaryDirectory())
        #expect(
            findings.map { $0.name.prefix(14) }
                == Array(repeating: "discovery of a", count: 3)
                + Array(repeating: "discovery of c", count: 3) + ["discovery of d"])
        #expect(findings.allSatisfy { !$0.isRejected }, "\(findings)")
        // Each step has ρ = 1, which few runs tell something of; of its δ they tell nothing.
        #expect(findings.filter(\.provesNothing).map(\.claim.symbol) == ["δ", "δ", "δ", "δ"])
    }
}
