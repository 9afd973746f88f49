// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// A parsed SSHSIG signature.
struct SSHSignature {
    /// The signer's public key in the wire format.
    let publicBlob: [UInt8]
    /// What the signature is for.
    let namespace: String
    private let hash: String
    private let raw: [UInt8]
    private let key: Curve25519.Signing.PublicKey

    /// Reads an armoured signature; `nil` when it is damaged or of another kind.
    init?(text: String) {
        guard let bytes = Armor.unwrapped(text, name: "SSH SIGNATURE") else { return nil }
        var reader = WireReader(bytes)
        guard reader.fixed("SSHSIG"), reader.number() == 1, let publicBlob = reader.string(),
            let namespace = reader.string(), reader.string() != nil, let hash = reader.string(),
            let signature = reader.string(), reader.isAtEnd
        else { return nil }
        var keyReader = WireReader(publicBlob)
        var signatureReader = WireReader(signature)
        let kind = Array("ssh-ed25519".utf8)
        guard keyReader.string() == kind, let key = keyReader.string(), keyReader.isAtEnd,
            signatureReader.string() == kind, let raw = signatureReader.string(),
            signatureReader.isAtEnd,
            let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: key)
        else { return nil }
        self.publicBlob = publicBlob
        self.namespace = String(decoding: namespace, as: UTF8.self)
        self.hash = String(decoding: hash, as: UTF8.self)
        self.raw = raw
        self.key = publicKey
    }

    /// What is signed in place of a message.
    static func signed(_ message: [UInt8], namespace: String, hash: String = "sha512") -> [UInt8] {
        var writer = WireWriter()
        writer.bytes = Array("SSHSIG".utf8)
        writer.append(text: namespace)
        writer.append(text: "")
        writer.append(text: hash)
        writer.append(
            string: hash == "sha256"
                ? Array(SHA256.hash(data: message)) : Array(SHA512.hash(data: message)))
        return writer.bytes
    }

    /// Whether the signature is of this message for this purpose.
    func isValid(for message: [UInt8], namespace: String) -> Bool {
        guard self.namespace == namespace, hash == "sha512" || hash == "sha256" else {
            return false
        }
        return key.isValidSignature(
            raw, for: Self.signed(message, namespace: namespace, hash: hash))
    }
}
