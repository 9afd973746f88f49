// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@testable import Attacks

let half = Rho(Rational(numerator: 1, denominator: 2))

/// Each audit rejects a true claim with a probability of 1e-6 at most.
@Suite("Audit of each mechanism")
struct MechanismAuditTests {
    @Test("no claim on any receipt is contradicted, and the bounds are not idle")
    func allMechanisms() throws {
        let findings = try MechanismAudit.run(
            runs: 3000, rho: half, falseAlarm: 1e-6,
            temporaryDirectory: NSTemporaryDirectory())
        #expect(Set(findings.map(\.name)).count == MechanismExperiment.all.count)
        for finding in findings {
            #expect(!finding.isRejected, "\(finding)")
            // What δ pays for proves nothing about ρ, and one comparison is far from what many may tell.
            let idle = [MechanismExperiment.naming, .comparison].map(\.name)
            guard !idle.contains(finding.name) else { continue }
            #expect(finding.leastParameter > 0.1 * finding.claim.parameter, "\(finding)")
        }
    }

    @Test("units of one record, and tiny and large budgets, are audited too")
    func parameters() throws {
        for (rows, rho) in [(1, "0.001"), (1, "3"), (64, "0.05")] {
            let budget = Rho(try #require(Rational(decimal: rho)))
            let findings = try MechanismAudit.run(
                runs: 300, unitRows: rows, rho: budget, falseAlarm: 1e-6,
                temporaryDirectory: NSTemporaryDirectory())
            #expect(findings.allSatisfy { !$0.isRejected })
        }
    }

    @Test("what the exact accountant says of a unit of one record stands, and is nearly reached")
    func exactAccountant() throws {
        let findings = try MechanismAudit.run(
            ["marginal"], runs: 20_000, unitRows: 1, rho: half, falseAlarm: 1e-6,
            temporaryDirectory: NSTemporaryDirectory())
        let exact = try #require(
            findings.first {
                if case .approximate(_, 0.01) = $0.claim { true } else { false }
            })
        #expect(!exact.isRejected)
        #expect(exact.leastParameter > 0.4 * exact.claim.parameter, "\(exact)")
    }

    @Test("impossible tables are refused with words")
    func refused() {
        for (sizes, rows) in [([], 1), ([0], 1), ([2], 0), ([70_000], 1)] {
            #expect(throws: AuditError.self) {
                let worlds = try CanaryWorlds(
                    sizes: sizes, unitRows: rows, temporaryDirectory: NSTemporaryDirectory())
                _ = worlds.unitRows
            }
        }
    }
}
