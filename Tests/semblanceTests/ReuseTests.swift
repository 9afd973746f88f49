// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

private let kept = "out/labour-survey-2026q1.measurements.json"

@Suite("A release that reuses an earlier one")
struct ReuseTests {
    private let place: Workplace

    /// The first quarter is released, and its table is gone.
    init() throws {
        place = try Workplace("quarterly")
        let first = try place.semblance("release", "-q", "release-2026q1.yaml")
        #expect(first.status == 0, "\(first.errors)")
        try place.shell("rm 2026q1.csv.gz")
    }

    private func reuse(_ text: String) throws {
        try place.shell("sed -i '/^reuse:/d' release-2026q2.yaml")
        try place.edit("release-2026q2.yaml", "output:", "reuse: [\(text)]\noutput:")
    }

    @Test("is refused for another recipient, another ledger and measurements that are named twice")
    func notPaidHere() throws {
        try reuse("{measurements: \(kept), drift: 0.02}")
        try place.edit("release-2026q2.yaml", "name: public", "name: somebody")
        let other = try place.semblance("plan", "release-2026q2.yaml")
        #expect(
            other.status == 77
                && other.errors.contains("found recipient 'public', expected 'somebody'"))
        try place.edit("release-2026q2.yaml", "name: somebody", "name: public")
        try reuse(
            "{measurements: \(kept), drift: 0.02}, {measurements: ./\(kept), drift: 0.02}")
        let twice = try place.semblance("plan", "release-2026q2.yaml")
        #expect(twice.status == 78 && twice.errors.contains("found them twice"))
        try reuse("{measurements: \(kept), drift: 0.02}")
        #expect(try place.semblance("plan", "release-2026q2.yaml").status == 0)
        // A ledger of the same releases that is not the one that paid.
        try place.shell("mkdir aside && mv ledger.sqlite* aside && mv out aside")
        #expect(try place.semblance("release", "-q", "release-2026q3.yaml").status == 0)
        try place.shell("rm -r out && mv aside/out out")
        let elsewhere = try place.semblance("plan", "release-2026q2.yaml")
        #expect(elsewhere.status == 77 && elsewhere.errors.contains("not in this ledger"))
    }

    @Test("costs what it would cost alone, names what it reused, and gives its rows again")
    func wholeWay() throws {
        try reuse("{measurements: \(kept), drift: 0.02}")
        let plan = try place.semblance(
            "plan", "release-2026q2.yaml", "--output", "plan.json")
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(plan.output.contains("Reuses      measurements of labour-survey-2026q1"))
        let release = try place.semblance("release", "-q", "plan.json")
        #expect(release.status == 0, "\(release.errors)")
        #expect(release.output.contains("spent         ε = 1 at δ = 1e-9"), "\(release.output)")
        #expect(try place.charges() == 2)
        try place.shell("tar xzf out/labour-survey-2026q2.tar.gz")
        let audit = try place.text("labour-survey-2026q2/audit/audit.json")
        let digest = try place.shell("sha256sum \(kept) | cut -c1-64").output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(digest.count == 64 && audit.contains(digest))
        #expect(try place.text("labour-survey-2026q2/audit/AUDIT.md").contains(digest))
        let again = try place.semblance(
            "synthesize", "-q", "out/labour-survey-2026q2.measurements.json", "--allowed-signers",
            "keys/allowed_signers")
        #expect(try again.output == place.text("labour-survey-2026q2/data/data.csv"))
    }

    @Test("is refused before anything is charged where the earlier one cannot be evidence")
    func refusals() throws {
        func refused(_ text: String, _ status: Int32, _ words: String) throws {
            try reuse(text)
            let outcome = try place.semblance("release", "-q", "release-2026q2.yaml")
            #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.errors)")
        }
        try refused("{measurements: \(kept)}", 78, "missing or out of range")
        try refused("{measurements: \(kept), drift: 2}", 78, "missing or out of range")
        try refused("{measurements: none.json, drift: 0.1}", 66, "no such file")
        try place.shell("sed 's/labour-survey-2026q1/labour-survey-2025q1/' \(kept) > changed.json")
        try place.shell("cp \(kept).sig changed.json.sig")
        try refused("{measurements: changed.json, drift: 0.1}", 65, "own signing key")
        try refused(
            "{measurements: changed.json, drift: 0.1, signers: keys/allowed_signers}", 65,
            "it does not belong to changed.json")
        try place.edit("policy.yaml", "population: survey", "population: other")
        try refused("{measurements: \(kept), drift: 0.1}", 78, "found population 'survey-respond")
        try place.edit("policy.yaml", "population: other", "population: survey")
        try place.edit("survey.schema.json", "\"Islands\"", "\"Islands and harbours\"")
        try refused(
            "{measurements: \(kept), drift: 0.1}", 78, "found other cells of column 'region'")
        #expect(try place.charges() == 1)
    }

    @Test("makes a plan stale when the earlier measurements change")
    func stale() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen") else { return }
        try reuse("{measurements: \(kept), drift: 0.02}")
        #expect(
            try place.semblance("plan", "release-2026q2.yaml", "--output", "plan.json").status == 0)
        // The owner signs another file in its place, with a stock tool.
        try place.shell(
            """
            sed -i 's/"created":"[^"]*"/"created":"2026-01-01T00:00:00Z"/' \(kept) && rm \(kept).sig &&
            ssh-keygen -q -Y sign -n dp-measurements-v1 -f keys/release_ed25519 \(kept)
            """)
        let outcome = try place.semblance("release", "-q", "plan.json")
        #expect(outcome.status == 13, "\(outcome.errors)")
        #expect(outcome.errors.contains("reused measurements changed since"))
    }
}
