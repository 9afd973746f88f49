// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Privacy
import Testing

@testable import Releases

@Suite("What an archive says of its ledger")
struct LedgerStatementTests {
    private let key = SigningKey()
    private let cap = BudgetCap(epsilon: 2, delta: Rational(numerator: 1, denominator: 1_000_000))

    /// The documents of a release whose ledger has three charges, and its accounting.
    private func documents() throws -> ([String: [UInt8]], AuditRecord.Accounting) {
        let folder = NSTemporaryDirectory() + "/statement-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledger = try BudgetLedger(at: folder + "/ledger.sqlite", createIfMissing: true)
        var facts: [ReservationFacts] = []
        for _ in 0..<3 {
            let charged = try ledger.reserve(
                ReservationRequest(
                    population: "people", cap: cap, release: "r", recipient: "lab",
                    unit: "one person", planSHA256: "00",
                    cost: PrivacyCost(Rho(Rational(numerator: 1, denominator: 1000))), epsilon: 1,
                    delta: cap.delta, time: Timestamp(seconds: 0)))
            facts.append(charged.facts)
            charged.grant.burn()
        }
        var documents: [String: [UInt8]] = [:]
        for file in try LedgerStatement.files(ledger.evidence(of: facts[1].id), key: key) {
            documents[file.name] = file.bytes
        }
        return (
            documents,
            AuditRecord.Accounting(
                population: "people", reservedRho: "0", capEpsilon: "2", capDelta: "1e-6",
                lifetimeEpsilon: "1", shareBefore: 0, shareNow: 0, composition: [], charges: [],
                ledgerSequence: facts[1].sequence, ledgerHash: facts[1].hash)
        )
    }

    private func check(
        _ documents: [String: [UInt8]], _ accounting: AuditRecord.Accounting,
        trusting key: SigningKey? = nil
    ) throws(ReleaseError) -> String? {
        let trusted =
            "us@x namespaces=\"dp-ledger-v1\" " + (key ?? self.key).publicLine(comment: "")
        return try LedgerStatement.check(documents, accounting: accounting) {
            (message, signature) throws(ReleaseError) in
            try SignatureCheck.signer(
                of: message, name: LedgerStatement.checkpointName,
                namespace: LedgerStatement.signatureNamespace, signature: signature,
                allowedSigners: trusted, identity: nil, archive: "a.tar.gz")
        }.passed
    }

    @Test("an entry, its proof and a signed checkpoint hold together")
    func holds() throws {
        let (documents, accounting) = try documents()
        #expect(try check(documents, accounting)?.contains("signed by us@x") == true)
    }

    @Test(
        "each file that is missing or of something else is found",
        arguments: [
            LedgerStatement.entryName, LedgerStatement.inclusionName,
            LedgerStatement.checkpointName, LedgerStatement.signatureName,
        ])
    func tampered(name: String) throws {
        let (documents, accounting) = try documents()
        var missing = documents
        missing[name] = nil
        #expect(try check(missing, accounting) == nil)
        // That of another ledger, signed by the same key.
        var other = documents
        other[name] = try self.documents().0[name]
        do {
            #expect(try check(other, accounting) == nil)
        } catch {
            #expect(error.status == .dataInvalid)
        }
    }

    @Test(
        "an entry that the audit document does not name, or a key that is not trusted, is refused")
    func foreign() throws {
        let (documents, accounting) = try documents()
        var moved = accounting
        moved.ledgerSequence += 1
        #expect(try check(documents, moved) == nil)
        #expect(throws: ReleaseError.self) {
            try check(documents, accounting, trusting: SigningKey())
        }
    }
}
