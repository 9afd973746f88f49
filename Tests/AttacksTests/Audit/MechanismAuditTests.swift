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
        // Beside them the unit in either part, ranges, and three pairs of tables for texts and for numbers.
        #expect(Set(findings.map(\.name)).count == MechanismExperiment.all.count + 9)
        for finding in findings {
            #expect(!finding.isRejected, "\(finding)")
            // Comparisons take more runs, and so do units in one part, where the noise of both parts is in the
            // way; of all pairs of tables for discovery one alone reaches δ.
            let isWeak = ["comparison", "discovery", "parts"].contains {
                finding.name.hasPrefix($0)
            }
            guard !isWeak else { continue }
            #expect(finding.leastParameter > 0.1 * finding.claim.parameter, "\(finding)")
            #expect(!finding.provesNothing)
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

    @Test("what the comparisons of a sequence tell together is proven to be more than nothing")
    func comparisons() throws {
        let findings = try MechanismAudit.run(
            ["comparisons"], runs: 100_000, rho: half, falseAlarm: 1e-6,
            temporaryDirectory: NSTemporaryDirectory())
        for finding in findings { #expect(!finding.isRejected, "\(finding)") }
        let pure = try #require(findings.first { $0.claim == .approximate(epsilon: 1, delta: 0) })
        #expect(pure.leastParameter > 0.3, "\(pure)")
    }

    @Test("a bound of 0 is told from one that proves something")
    func provesNothing() throws {
        let findings = try MechanismAudit.run(
            ["marginal"], runs: 2, rho: half, falseAlarm: 1e-6,
            temporaryDirectory: NSTemporaryDirectory())
        #expect(findings.allSatisfy { $0.provesNothing && !$0.isRejected })
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
