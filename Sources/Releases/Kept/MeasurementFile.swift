// SPDX-License-Identifier: Apache-2.0

import Streams
import Synthesis
import Tables

/// The measurements that a release keeps for its owner: one file, and beside it a detached signature by the
/// release's key.
///
/// Stock tools check it: `ssh-keygen -Y verify -n dp-measurements-v1 -s NAME.measurements.json.sig …`.
enum MeasurementFile {
    /// The SSHSIG namespace of measurements, so that a signature made for another purpose cannot be passed
    /// off as one.
    static let signatureNamespace = "dp-measurements-v1"
    /// Ends of the names of the file and of its signature, after the release's name.
    static let ending = ".measurements.json", signatureEnding = ".measurements.json.sig"

    /// Whose signature is asked for.
    enum Trust {
        /// That of a principal, or of any, in an allowed_signers file.
        case signers(path: String, identity: String?)
        /// That of the key which is about to sign itself, the owner's own.
        case key(SigningKey)
        /// None: the caller vouches for the file.
        case anyone
    }

    /// Measurements with the schema that they follow.
    struct Kept {
        let measurements: Measurements
        let origin: MeasurementOrigin
        let schema: Schema
        /// SHA-256 of the file, in hexadecimal.
        let sha256: String
        /// Who signed, in words.
        let signer: String
    }

    /// Writes measurements with their signature, each whole or not at all, the signature first: measurements
    /// are never there without one.
    ///
    /// - Parameters:
    ///   - measurements: What to keep, with its origin.
    ///   - begun: The file, begun before anything was charged.
    ///   - key: The release's key.
    /// - Throws: `ReleaseError`.
    static func write(
        _ measurements: Measurements, in begun: consuming AtomicFile, key: SigningKey
    ) throws(ReleaseError) {
        let bytes = measurements.json
        let signature: String
        do {
            signature = try key.signature(of: bytes, namespace: signatureNamespace)
        } catch {
            throw ReleaseError(.software, "signing: \(error)")
        }
        do {
            var file = begun
            // A signature without its file is of a run that was killed between the two.
            var signed = try AtomicFile(
                creating: file.path + ".sig", replacing: true, mode: 0o600)
            try signed.write(Array(signature.utf8))
            try file.write(bytes)
            try signed.commit()
            try file.commit()
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Reads measurements, their signature first.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - trust: Whose signature is asked for.
    /// - Returns: The measurements, checked against the schema that they bring.
    /// - Throws: `ReleaseError`: `noInput` where a file is missing, `dataInvalid` for a wrong signature, another
    ///   version or parts that do not fit together.
    static func read(_ path: String, trust: Trust) throws(ReleaseError) -> Kept {
        let bytes = try Files.read(path, what: "measurements")
        let signer = try check(bytes, path: path, trust: trust)
        func wrong(_ found: String) -> ReleaseError {
            ReleaseError(.dataInvalid, "measurements not usable: \(path): \(found)")
        }
        let measurements: Measurements
        do {
            measurements = try Measurements(json: bytes)
        } catch .measurements(let found) {
            throw wrong(found)
        } catch {
            throw wrong("\(error)")
        }
        guard let origin = measurements.origin else {
            throw wrong("found no origin, expected what a release kept")
        }
        guard Files.sha256(Array(origin.schema.utf8)) == measurements.schemaDigest else {
            throw wrong("the schema in it is not the one that its codes follow")
        }
        let schema: Schema
        do {
            schema = try origin.parsedSchema()
        } catch {
            throw wrong(error.description)
        }
        return Kept(
            measurements: measurements, origin: origin, schema: schema,
            sha256: Files.sha256(bytes), signer: signer)
    }

    private static func check(
        _ bytes: [UInt8], path: String, trust: Trust
    ) throws(ReleaseError) -> String {
        if case .anyone = trust { return "nobody" }
        let signature: [UInt8]
        do {
            signature = try Files.read(path + ".sig", what: "signature of the measurements")
        } catch {
            throw ReleaseError(
                error.status,
                error.message + " beside them; its owner signs with 'ssh-keygen -Y sign -n "
                    + "\(signatureNamespace) -f KEY \(path)'")
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        switch trust {
        case .signers(let signers, let identity):
            return try SignatureCheck.signer(
                of: bytes, name: name, namespace: signatureNamespace, signature: signature,
                allowedSigners: try Files.text(signers, what: "allowed_signers file"),
                identity: identity, archive: path)
        case .key(let key):
            let parsed = SSHSignature(text: String(decoding: signature, as: UTF8.self))
            guard let parsed, parsed.publicBlob == key.publicBlob,
                parsed.isValid(for: bytes, namespace: signatureNamespace)
            else {
                throw ReleaseError(
                    .dataInvalid,
                    "verification failed: signature: \(path): it is not of this release's own signing key "
                        + "over \(name) as it stands: the file was changed, or another key signed it, which "
                        + "signers names")
            }
            return "the release's own key"
        case .anyone: return "nobody"
        }
    }
}
