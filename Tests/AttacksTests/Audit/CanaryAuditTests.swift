// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Synthesis
import Testing

@testable import Attacks

/// Whole runs of a synthesizer with and without a canary; each audit rejects a true claim with a probability of 1e-6 at
/// most.
@Suite("Audit of whole runs")
struct CanaryAuditTests {
    private func audit(
        _ method: SynthesisMethod, sizes: [Int], runs: Int, view: CanaryAudit.View
    ) throws -> [AuditFinding] {
        let worlds = try CanaryWorlds(
            sizes: sizes, unitRows: 3, temporaryDirectory: NSTemporaryDirectory())
        let rho = Rho(2)
        return try CanaryAudit(method: method, rho: rho, view: view).findings(
            in: worlds, runs: runs, claims: [.zeroConcentrated(PrivacyCost(rho))], falseAlarm: 1e-6)
    }

    @Test("the measurements of MST do not contradict the charge, and the bound is not idle")
    func measurements() throws {
        let findings = try audit(.mst, sizes: [4, 3, 2], runs: 4000, view: .measurements)
        #expect(findings.count == 6)
        #expect(findings.allSatisfy { !$0.isRejected }, "\(findings)")
        // 5/6 of ρ = 2 are Gaussian, and one bit keeps 2/π of that.
        let best = findings.first { $0.name == "all measurements" }?.leastParameter ?? 0
        #expect(best > 0.4, "\(findings)")
    }

    @Test("the rows of a thousand runs of MST do not contradict the charge, and tell something")
    func rows() throws {
        let findings = try audit(.mst, sizes: [4, 3, 2], runs: 1000, view: .rows)
        #expect(findings.map(\.isRejected) == [false])
        #expect(findings[0].leastParameter > 0.02)
    }

    @Test(
        "the measurements of all pairs for a mixture do not contradict the charge, and the bound is not idle"
    )
    func mixture() throws {
        let findings = try audit(.mixture, sizes: [4, 3, 2], runs: 2000, view: .measurements)
        #expect(findings.allSatisfy { !$0.isRejected }, "\(findings)")
        let best = findings.first { $0.name == "all measurements" }?.leastParameter ?? 0
        #expect(best > 0.3, "\(findings)")
    }

    @Test(
        "the measurements of adaptive rounds, of noisy errors and of coarse pairs do not contradict the charge",
        arguments: [SynthesisMethod.auto, .aim, .tree, .copula])
    func others(method: SynthesisMethod) throws {
        let findings = try audit(method, sizes: [4, 3, 2], runs: 1000, view: .measurements)
        #expect(findings.allSatisfy { !$0.isRejected }, "\(method) \(findings)")
        let best = findings.first { $0.name == "all measurements" }?.leastParameter ?? 0
        #expect(best > 0.2, "\(method) \(findings)")
    }

    @Test("columns alone, one of them with one cell, do not contradict the charge")
    func independent() throws {
        let findings = try audit(.independent, sizes: [1, 5], runs: 1000, view: .measurements)
        #expect(findings.allSatisfy { !$0.isRejected }, "\(findings)")
    }
}
