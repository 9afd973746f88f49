// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A true claim is rejected with a probability of 1e-6 at most, which is the command's own default.
@Suite("The audit-mechanism command")
struct AuditMechanismTests {
    @Test("audits a release's own parameters without its table, and charges nothing")
    func ofARelease() throws {
        let place = try Workplace("claims")
        try place.shell("rm claims.csv.gz")
        let outcome = try place.semblance("audit-mechanism", "release.yaml", "--runs", "60")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output.hasPrefix(
                "Audit       claims-vendor-2026q4: auto on 10 columns, at most 4 records of a unit"
            ))
        #expect(outcome.output.contains("Claim       ε = 2 at δ = 1e-9  (ρ = 0.05614, of it"))
        #expect(outcome.output.contains(" in 60 runs: proves nothing"))
        #expect(outcome.output.contains("but for a chance of 1e-06"))
        for row in [
            "all measurements", "number of records", "number of cells", "synthetic rows",
            "distances",
            "scores", "guesses", "HOLDS",
        ] {
            #expect(outcome.output.contains(row), "\(outcome.output)")
        }
        #expect(try place.charges() == 0)
        #expect(!place.exists("ledger.sqlite"))
    }

    @Test("audits every mechanism by itself where no release is named")
    func everyMechanism() throws {
        let place = try Workplace("claims")
        let outcome = try place.semblance("audit-mechanism", "--runs", "1500", "--quiet")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.isEmpty)
        #expect(outcome.output.contains("choice, exponential mechanism"))
        #expect(!outcome.output.contains("REJECTED"))
    }

    @Test("audits the discovery of a release that asks for one, and says where runs prove nothing")
    func ofADiscovery() throws {
        let place = try Workplace("discovery")
        let outcome = try place.semblance(
            "audit-mechanism", "release.yaml", "--runs", "20", "--output", "audit.json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains(", discovery 0.03599 and δ = 1e-10)"))
        for row in [
            "discovery of zip3, one new category", "discovery of zip3, many new",
            "discovery of zip3, a category at the threshold", "parts, unit in holdout",
            ": proves nothing", "so few runs prove nothing",
        ] {
            #expect(outcome.output.contains(row), "\(outcome.output)")
        }
        let report = try JSONSerialization.jsonObject(with: Data(try place.text("audit.json").utf8))
        let findings = try #require(
            (report as? [String: Any])?["findings"] as? [[String: Any]])
        let own = try #require(
            findings.first {
                $0["experiment"] as? String == "discovery of zip3, one new category"
            })
        #expect(own["parameter"] as? String == "delta" && own["bound"] as? Double == 0)
        #expect(own["verdict"] as? String == "proves nothing" && own["runs"] as? Int == 20)
        #expect(try place.charges() == 0)
    }

    @Test("too few runs and impossible chances are usage errors")
    func options() throws {
        let place = try Workplace("claims")
        for wrong in [["--runs", "1"], ["--false-alarm", "0"], ["--false-alarm", "0.7"]] {
            #expect(try place.semblance(["audit-mechanism"] + wrong).status == 64)
        }
        #expect(try place.semblance("audit-mechanism", "none.yaml").status == 66)
    }

    #if MUTANTS
        @Test("a mechanism that draws too little noise is told as what it is, with exit code 70")
        func faulty() throws {
            let place = try Workplace("claims")
            let outcome = try place.semblance(
                "audit-mechanism", "--runs", "3000",
                environment: ["SEMBLANCE_MUTATION": "halved-sigma"])
            #expect(outcome.status == 70)
            #expect(outcome.output.contains("REJECTED"))
            #expect(outcome.errors.contains("privacy claim contradicted"), "\(outcome.errors)")
        }
    #endif
}
