// SPDX-License-Identifier: Apache-2.0

import Foundation
import Streams

/// The files that hold an owner's keys.
public enum KeyFiles {
    /// Makes a signing key and a watermark secret.
    ///
    /// - Parameters:
    ///   - directory: The folder; created with mode 0700 if it does not exist.
    ///   - identity: The principal under which recipients will know the key.
    /// - Returns: One line a file for the person who asked.
    /// - Throws: `ReleaseError`: `usage` for an identity with blanks, `cannotCreate` where a file exists
    ///   already or cannot be written.
    public static func create(
        in directory: String, identity: String
    ) throws(ReleaseError) -> [String] {
        guard !identity.isEmpty,
            identity.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            // Signs that mean more than themselves in an allowed_signers file.
            !identity.contains(where: { "\"',*?!#\\".contains($0) })
        else {
            throw ReleaseError(
                .usage,
                "identity is not one word: expected ASCII without blanks, quotes, commas or * ? ! #, such as "
                    + "release@acme.example")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw ReleaseError(.cannotCreate, "cannot create folder: \(directory)")
        }
        let key = SigningKey()
        var generator = SystemRandomNumberGenerator()
        let master = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let trust =
            "\(identity) namespaces=\"\(Packing.signatureNamespace),"
            + "\(LedgerStatement.signatureNamespace),\(MeasurementFile.signatureNamespace)\" "
            + key.publicLine(comment: identity)
        let files: [(name: String, text: String, mode: UInt32, use: String)] = [
            (
                "release_ed25519", key.openSSHText(comment: identity), 0o600,
                "secret: signs releases"
            ),
            ("release_ed25519.pub", key.publicLine(comment: identity), 0o644, "the public key"),
            ("allowed_signers", trust, 0o644, "hand this to recipients, not with the archive"),
            ("watermark.key", Files.hexadecimal(master), 0o600, "secret: marks copies"),
        ]
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        // All or none: an existing file stops before the first is written.
        for file in files where FileManager.default.fileExists(atPath: prefix + file.name) {
            throw ReleaseError(
                .cannotCreate,
                "already there: \(prefix + file.name): keys are never overwritten; choose another folder"
            )
        }
        for file in files {
            do {
                var output = try AtomicFile(
                    creating: prefix + file.name, replacing: false, mode: file.mode)
                let text = file.text.hasSuffix("\n") ? file.text : file.text + "\n"
                try output.write(Array(text.utf8))
                try output.commit()
            } catch {
                throw ReleaseError(error)
            }
        }
        return files.map { "\(prefix + $0.name)  \($0.use)" }
    }

    /// Loads the signing key.
    static func signingKey(at path: String) throws(ReleaseError) -> SigningKey {
        let text = try secret(path, what: "signing key")
        do {
            return try SigningKey(openSSH: text)
        } catch {
            throw ReleaseError(
                .configuration,
                "signing key: \(path): \(error); make one with 'semblance key new'")
        }
    }

    /// Loads the watermark's master secret.
    static func master(at path: String) throws(ReleaseError) -> [UInt8] {
        let text = try secret(path, what: "watermark key").trimmingCharacters(
            in: .whitespacesAndNewlines)
        let digits = Array(text.utf8)
        let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        guard digits.count == 64, bytes.count == 32, text.allSatisfy(\.isHexDigit) else {
            throw ReleaseError(
                .configuration,
                "watermark key: \(path): expected 64 hexadecimal digits; make one with 'semblance key new'"
            )
        }
        return bytes
    }

    private static func secret(_ path: String, what: String) throws(ReleaseError) -> String {
        let text = try Files.text(path, what: what)
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o077 == 0 else {
            throw ReleaseError(
                .configuration,
                "\(what) open to others: \(path): found mode \(String(mode, radix: 8)), expected 600; "
                    + "chmod 600 it")
        }
        return text
    }
}
