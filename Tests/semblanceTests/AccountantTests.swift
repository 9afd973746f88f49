// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Exact accounting from end to end")
struct AccountantTests {
    /// Claims with one record per member, columns alone and no evidence: all that exact accounting needs.
    private func place() throws -> Workplace {
        let place = try Workplace("claims")
        try place.shell(
            "sed -i 's/^evidence: .*/evidence: off/; /^gate:/,/max_linkage/d; s/rows: 4/rows: 1/; "
                + "s/method: auto/method: independent/' release.yaml; "
                + "sed -i 's/required: true, min_holdout: 0.05/required: false/' policy.yaml")
        return place
    }

    private func sigma(_ place: Workplace) throws -> Double {
        let plan = try place.semblance("plan", "release.yaml", "--output", "plan.json")
        #expect(plan.status == 0, "\(plan.errors)")
        let object = try JSONSerialization.jsonObject(with: Data(try place.text("plan.json").utf8))
        let columns = (object as? [String: Any])?["columns"] as? [[String: Any]]
        return try #require(columns?.first?["sigma"] as? Double)
    }

    @Test("a Gaussian-only plan shows its exact epsilon, which is below the promise")
    func secondary() throws {
        let place = try place()
        let plan = try place.semblance("plan", "release.yaml")
        #expect(plan.status == 0, "\(plan.errors)")
        let line = try #require(
            plan.output.split(separator: "\n").first { $0.hasPrefix("Exactly") })
        #expect(line.hasPrefix("Exactly     ε = 1.9"))
        #expect(line.hasSuffix("the ledger counts ρ"))
        try place.edit("release.yaml", "rows: 1", "rows: 2")
        #expect(try !place.semblance("plan", "release.yaml").output.contains("Exactly"))
    }

    @Test("exact calibration takes less noise, charges more rho, and says both in plan and audit")
    func exact() throws {
        let place = try place()
        let loose = try sigma(place)
        try place.edit("release.yaml", "delta: 1e-9}", "delta: 1e-9, accountant: exact}")
        let exact = try sigma(place)
        #expect(exact < loose * 0.97 && exact > loose * 0.85)

        let plan = try place.semblance("plan", "release.yaml")
        #expect(plan.output.contains("Guarantee   ε = 2, δ = 1e-9"))
        #expect(
            plan.output.contains(
                "Accountant  exact: noise calibrated by its loss distribution, ε = 2."))
        #expect(plan.output.contains("which alone would read as ε = 2.1"))
        let release = try place.semblance("release", "plan.json")
        #expect(release.status == 0, "\(release.errors)")
        #expect(try place.charges() == 1)
        let archive = "out/claims-vendor-2026q4.tar.gz"
        let verified = try place.semblance(
            "verify", archive, "--allowed-signers", "keys/allowed_signers")
        #expect(verified.status == 0, "\(verified.errors)")
        let audit = try place.shell("tar xzOf \(archive) claims-vendor-2026q4/audit/AUDIT.md")
            .output
        #expect(audit.contains("fixed discrete Gaussian measurements"))
        #expect(audit.contains("calibrated to (ε, δ) by the exact loss distribution"))
        #expect(audit.contains("which alone would read as ε = 2.1"))
        // What the ledger was charged is what the measurements cost, not what (ε, δ) would convert to.
        let rho = try #require(
            plan.output.split(separator: "\n").first { $0.contains("(ρ = ") }?
                .split(separator: "ρ = ").last?.dropLast())
        #expect(audit.contains("Reserved for this release before any noise was drawn: ρ = \(rho)."))
    }

    @Test(
        "exact accounting is refused where it proves nothing, and the message says why",
        arguments: [
            ("method: independent", "method: mst", "method mst"),
            ("rows: 1", "rows: 3", "3 records per unit"),
            ("evidence: off", "evidence: {share: 0.1, holdout: 0.2}", "found evidence"),
        ])
    func refusals(old: String, new: String, reason: String) throws {
        let place = try place()
        try place.edit("release.yaml", "delta: 1e-9}", "delta: 1e-9, accountant: exact}")
        try place.edit("release.yaml", old, new)
        let plan = try place.semblance("plan", "release.yaml")
        #expect(plan.status == 78, "\(plan.status)")
        #expect(plan.errors.contains("exact accounting does not hold"), "\(plan.errors)")
        #expect(plan.errors.contains(reason), "\(plan.errors)")
        #expect(plan.errors.contains("write accountant: zcdp"))
        #expect(try place.charges() == 0)
    }
}
