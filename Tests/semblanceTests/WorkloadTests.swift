// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Methods and workloads from end to end")
struct WorkloadTests {
    @Test("a plan says what counts, what is kept together and how large the model may be")
    func plan() throws {
        let place = try Workplace("claims")
        try place.edit(
            "release.yaml", "synthesis: {method: auto}",
            "synthesis: {method: aim, workload: {ways: 2, weights: [{columns: [sex, plan], weight: 2.5}]}, "
                + "target: denied, preserve: [[diagnosis, specialty, sex]], model: {max_mib: 20}}")
        let outcome = try place.semblance("plan", "release.yaml", "--output", "plan.json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        for line in [
            "Method      aim: as the release file says",
            "Workload    all 1- and 2-way marginals",
            "            sex x plan counts 2.5 times",
            "            denied is a target: its marginals count 4 times",
            "            diagnosis x specialty x sex is measured and kept together",
            "Model       a tree's tables take at most 20 MiB", "columns kept together",
            "choice of marginals",
        ] { #expect(outcome.output.contains(line), "\(line)\n\(outcome.output)") }
        let plan = try place.text("plan.json")
        #expect(plan.contains("\"maxMiB\" : 20") && plan.contains("\"factor\" : \"2.5\""))
        #expect(try place.charges() == 0)
    }

    @Test(
        "each method makes an archive that verifies, with a workload that it can meet",
        arguments: [
            ("aim", "preserve: [[diagnosis, specialty]]"), ("tree", "target: denied"),
            ("copula", "workload: {ways: 2}"), ("mst", "preserve: [[sex, plan, denied]]"),
        ])
    func methods(method: String, wishes: String) throws {
        let place = try Workplace("claims")
        try place.edit(
            "release.yaml", "synthesis: {method: auto}", "synthesis: {method: \(method), \(wishes)}"
        )
        // A copula's rows are not good enough for this gate.
        try place.shell("sed -i '/^gate:/,/max_linkage/d' release.yaml")
        let outcome = try place.semblance("release", "--quiet", "release.yaml")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let verified = try place.semblance(
            "verify", "out/claims-vendor-2026q4.tar.gz", "--allowed-signers",
            "keys/allowed_signers")
        #expect(verified.status == 0, "\(verified.errors)")
    }

    @Test("a plan warns of an identifier with too few values for the table, by its name")
    func shortPattern() throws {
        let place = try Workplace("claims")
        try place.shell("sed -i 's/C\\[0-9\\]{7}/C[0-9]{3}/' claims.schema.json")
        let few = try place.semblance("plan", "release.yaml", "--records", "45000")
        #expect(few.status == 0, "\(few.errors)")
        #expect(few.output.contains("WARNING  the pattern of claim_id has only 1000 values"))
        try place.shell("sed -i 's/C\\[0-9\\]{3}/C[0-9]{7}/' claims.schema.json")
        let enough = try place.semblance("plan", "release.yaml", "--records", "45000")
        #expect(!enough.output.contains("WARNING"), "\(enough.output)")
    }
}
