// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Streams

/// What `semblance verify` found; it exists only when everything holds.
public struct VerificationReport: Sendable {
    /// The release's name.
    public let release: String
    /// One line a check, all passed.
    public let checks: [String]

    /// The report for a person.
    public var summary: String {
        (checks.map { "ok  " + $0 } + ["VERIFIED \(release)"]).joined(separator: "\n")
    }
}

/// Offline verification of a release archive.
public enum Verifier {
    /// Documents that are looked into; larger ones are only hashed.
    private static let documentLimit = 32 << 20

    /// Checks an archive: layout, checksums, nothing added, signature by a trusted key, table digest,
    /// and expiry.
    ///
    /// - Parameters:
    ///   - archive: The archive.
    ///   - allowedSigners: OpenSSH allowed_signers file, obtained by another way than the archive.
    ///   - identity: The principal to expect, or `nil` for any in the file.
    /// - Returns: What was checked.
    /// - Throws: `ReleaseError`: `noInput` where a file is missing, `dataInvalid` where a check fails,
    ///   naming the check.
    public static func verify(
        archive: String, allowedSigners: String, identity: String?
    ) throws(ReleaseError) -> VerificationReport {
        let signers = try Files.text(allowedSigners, what: "allowed_signers file")
        let content = try read(archive)
        var checks = ["layout: one folder, \(content.digests.count) files, no links or odd paths"]
        guard let sums = content.documents[Packing.sumsName],
            let signature = content.documents[Packing.signatureName]
        else {
            throw failed("layout", archive, "no \(Packing.sumsName) or no signature")
        }
        let signer = try SignatureCheck.signer(
            of: sums, signature: signature, allowedSigners: signers, identity: identity,
            archive: archive)
        checks.append("signature: made by \(signer), namespace \(Packing.signatureNamespace)")
        try compare(content, sums: sums, archive: archive)
        checks.append("checksums: every file is listed and unchanged, nothing was added")
        checks += try documents(content, archive: archive)
        checks.append(
            try ledger(
                content, allowedSigners: signers, identity: identity, archive: archive))
        return VerificationReport(release: content.top, checks: checks)
    }

    /// What an archive holds: digests of all files, bytes of the small ones.
    private struct Content {
        var top = ""
        var digests: [String: String] = [:]
        var documents: [String: [UInt8]] = [:]
        var sizes: [String: Int] = [:]
    }

    private static func failed(_ check: String, _ archive: String, _ found: String) -> ReleaseError
    {
        ReleaseError(.dataInvalid, "verification failed: \(check): \(archive): \(found)")
    }

    private static func read(_ archive: String) throws(ReleaseError) -> Content {
        var content = Content()
        do {
            var reader = try ArchiveReader(opening: archive)
            var buffer = [UInt8](repeating: 0, count: 256 << 10)
            while let entry = try reader.next() {
                let parts = entry.name.split(separator: "/", maxSplits: 1)
                guard parts.count == 2 else {
                    throw failed("layout", archive, "a file outside the release's folder")
                }
                content.top = String(parts[0])
                let name = String(parts[1])
                var hash = SHA256()
                var bytes: [UInt8] = []
                var size = 0
                while true {
                    let count = try reader.read(into: &buffer)
                    if count == 0 { break }
                    hash.update(data: buffer[..<count])
                    size += count
                    if size <= documentLimit, !name.hasPrefix("data/") { bytes += buffer[..<count] }
                }
                content.digests[name] = Files.hexadecimal(hash.finalize())
                content.sizes[name] = size
                if size <= documentLimit { content.documents[name] = bytes }
            }
        } catch let error as StreamError {
            throw ReleaseError(error)
        } catch let error as ReleaseError {
            throw error
        } catch {
            throw ReleaseError(.software, "verify: \(error)")
        }
        guard !content.digests.isEmpty else { throw failed("layout", archive, "no files") }
        return content
    }

    private static func compare(
        _ content: Content, sums: [UInt8], archive: String
    ) throws(ReleaseError) {
        guard let text = String(validating: sums, as: UTF8.self),
            let list = ChecksumList(text: text)
        else { throw failed("checksums", archive, "\(Packing.sumsName) is malformed") }
        var unlisted = Set(content.digests.keys)
        unlisted.subtract([Packing.sumsName, Packing.signatureName])
        for entry in list.entries {
            guard let digest = content.digests[entry.name] else {
                throw failed("checksums", archive, "listed file \(entry.name) is missing")
            }
            guard digest == entry.sha256 else {
                throw failed("checksums", archive, "file \(entry.name) was changed")
            }
            unlisted.remove(entry.name)
        }
        if let extra = unlisted.min() {
            throw failed("checksums", archive, "file \(extra) was added")
        }
    }

    /// The audit document of an archive.
    private static func audit(
        _ content: Content, archive: String
    ) throws(ReleaseError) -> AuditRecord {
        guard let bytes = content.documents["audit/audit.json"],
            let record = try? JSONDecoder().decode(AuditRecord.self, from: Data(bytes))
        else { throw failed("audit", archive, "audit/audit.json is missing or malformed") }
        return record
    }

    /// The release's entry in the ledger that a signed checkpoint names.
    private static func ledger(
        _ content: Content, allowedSigners: String, identity: String?, archive: String
    ) throws(ReleaseError) -> String {
        let accounting = try audit(content, archive: archive).accounting
        let (passed, found) = try LedgerStatement.check(
            content.documents, accounting: accounting
        ) { (message, signature) throws(ReleaseError) in
            try SignatureCheck.signer(
                of: message, name: LedgerStatement.checkpointName,
                namespace: LedgerStatement.signatureNamespace, signature: signature,
                allowedSigners: allowedSigners, identity: identity, archive: archive)
        }
        guard let passed else { throw failed("ledger", archive, found) }
        return passed
    }

    private static func documents(
        _ content: Content, archive: String
    ) throws(ReleaseError) -> [String] {
        let record = try audit(content, archive: archive)
        guard record.identity.release == content.top else {
            throw failed("audit", archive, "it is about another release")
        }
        guard let package = content.documents["datapackage.json"],
            let object = try? JSONSerialization.jsonObject(with: Data(package)) as? [String: Any],
            let resource = (object["resources"] as? [[String: Any]])?.first,
            let path = resource["path"] as? String, let hash = resource["hash"] as? String
        else { throw failed("table", archive, "datapackage.json is missing or malformed") }
        guard hash == "sha256:" + (content.digests[path] ?? ""),
            resource["bytes"] as? Int == content.sizes[path]
        else { throw failed("table", archive, "it is not the one that datapackage.json describes") }
        var checks = [
            "table: \(path) is the one that datapackage.json describes",
            "guarantee: ε = \(BudgetWords.reading(record.guarantee.epsilon)), "
                + "δ = \(BudgetWords.reading(record.guarantee.delta)), "
                + "ledger entry \(record.accounting.ledgerSequence)",
        ]
        if let expires = record.purpose.expires {
            guard expires >= Clock.today() else {
                throw failed("expiry", archive, "permitted until \(expires) only; delete this copy")
            }
            checks.append("expiry: permitted until \(expires)")
        }
        return checks
    }
}
