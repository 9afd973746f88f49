// SPDX-License-Identifier: Apache-2.0

import Crypto
import Privacy
import Streams

/// The archive: one top folder with data, documents, checksums and signature.
enum Packing {
    /// The SSHSIG namespace of release signatures, so that a signature made for another purpose
    /// cannot be passed off as one.
    static let signatureNamespace = "dp-release-v1"
    /// The list of checksums, and its signature.
    static let sumsName = "SHA256SUMS", signatureName = "SHA256SUMS.sig"

    /// Writes a signed archive, whole or not at all.
    ///
    /// Equal files, key and time give equal bytes: entries are sorted, owners, modes and times are
    /// fixed, and Ed25519 signatures are deterministic.
    ///
    /// - Parameters:
    ///   - release: The release's name, which is the top folder.
    ///   - files: The documents; each says why it may be published.
    ///   - table: The released table.
    ///   - key: The signing key.
    ///   - path: Where to write; nothing may exist there.
    ///   - time: The time of every entry, seconds since 1970.
    /// - Returns: SHA-256 of the list of checksums, which names the release's content.
    /// - Throws: `ReleaseError`.
    static func pack(
        release: String, files: [Publishable], table: borrowing TableExport, key: SigningKey,
        path: String, time: Int64
    ) throws(ReleaseError) -> String {
        var sums = files.map { ($0.name, Files.sha256($0.bytes)) }
        sums.append((table.name, table.sha256))
        let list = ChecksumList(entries: sums.map { .init(name: $0.0, sha256: $0.1) })
        let sumsBytes = Array(list.text.utf8)
        let signature: String
        do {
            signature = try key.signature(of: sumsBytes, namespace: signatureNamespace)
        } catch {
            throw ReleaseError(.software, "signing: \(error)")
        }
        var contents: [String: [UInt8]] = [
            sumsName: sumsBytes, signatureName: Array(signature.utf8),
        ]
        #if MUTANTS
            // No list of checksums has it, so no such archive verifies.
            if let fault = Mutation.active { contents["NOT_PRIVATE"] = Array(fault.rawValue.utf8) }
        #endif
        for file in files { contents[file.name] = file.bytes }
        do {
            var archive = try ArchiveWriter(
                creating: path, modificationTime: time, replacing: false)
            for name in (contents.keys + [table.name]).sorted(by: {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }) {
                if let bytes = contents[name] {
                    try archive.add(name: release + "/" + name, bytes: bytes)
                } else {
                    try archive.add(name: release + "/" + name, contentsOf: table.file)
                }
            }
            try archive.finish()
        } catch {
            throw ReleaseError(error)
        }
        return Files.sha256(sumsBytes)
    }
}
