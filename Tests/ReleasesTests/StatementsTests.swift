// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Releases

/// Statements about a release, with a unit column or without.
private func statements(unit: String, shards: Int?) throws -> Statements {
    let text = """
        release: r-1
        source: {paths: [a.csv], format: csv}
        schema: s.json
        unit: \(unit)
        privacy: {epsilon: 0.1, delta: 1e-9}
        evidence: off
        recipient: {name: lab}
        policy: p.yaml
        ledger: l.sqlite
        signing: {key: k, identity: me}
        """
    return Statements(
        release: try ReleaseFile(text: text, path: "release.yaml"), epsilon: "0.1", delta: "1e-9",
        shards: shards)
}

@Suite("Statements of an audit")
struct StatementsTests {
    private func hazards(_ statements: Statements) -> String {
        statements.hazards(epsilonValue: 0.1, deltaValue: 1e-9, assessed: false)
            .map { $0.hazard + ": " + $0.evidence }.joined(separator: "\n")
    }

    @Test("say how the separation of units over shards was checked, and by whom")
    func shards() throws {
        let named = try statements(unit: "{column: id, rows: 3}", shards: 5)
        #expect(named.separation?.contains("Made from 5 shards") == true)
        #expect(
            named.separation?.contains("no id is in two of them was checked by a sample") == true)
        #expect(hazards(named).contains("no unit is in two of them was checked by a sample"))
        #expect(named.trust.contains { $0.contains("each shard's exact tallies are in a file") })
        let nameless = try statements(unit: "{rows: 1}", shards: 5)
        #expect(nameless.separation?.contains("is the owner's word") == true)
        let single = try statements(unit: "{column: id, rows: 3}", shards: 1)
        #expect(single.separation == "Made from one counted shard, which holds all records.")
        #expect(!hazards(single).contains("shard"))
        let read = try statements(unit: "{column: id, rows: 3}", shards: nil)
        #expect(read.separation == nil)
        #expect(!(read.trust + [hazards(read)]).contains { $0.contains("shard") })
    }

    @Test("claim neither that tallies are in memory only nor that domains cannot come from data")
    func honest() throws {
        let read = try statements(unit: "{rows: 1}", shards: nil)
        #expect(!(read.trust + read.processing).contains { $0.contains("memory only") })
        #expect(read.trust.contains { $0.contains("tallies that memory does not hold") })
        #expect(!read.processing.contains { $0.contains("nothing was read off") })
        #expect(read.processing.contains { $0.contains("which its owner declares to be public") })
    }
}
