// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// Why a key, a signature or a list was not accepted; a part of a sentence.
struct SigningError: Error, Equatable, CustomStringConvertible {
    let description: String
}

/// An Ed25519 key in OpenSSH's format, which signs releases.
struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A new key from the operating system's generator.
    init() { key = Curve25519.Signing.PrivateKey() }

    /// Reads an unencrypted OpenSSH private key file.
    ///
    /// - Parameter text: The file's text.
    /// - Throws: `SigningError` saying what was found.
    init(openSSH text: String) throws(SigningError) {
        guard let bytes = Armor.unwrapped(text, name: "OPENSSH PRIVATE KEY") else {
            throw SigningError(description: "found no OpenSSH private key")
        }
        var reader = WireReader(bytes)
        guard reader.fixed("openssh-key-v1\0"), let cipher = reader.string(),
            reader.string() != nil, reader.string() != nil, reader.number() == 1,
            reader.string() != nil
        else { throw SigningError(description: "found a damaged OpenSSH private key") }
        guard cipher == Array("none".utf8) else {
            throw SigningError(
                description:
                    "found a key with a passphrase, expected one without in a file of mode 0600")
        }
        guard let body = reader.string() else {
            throw SigningError(description: "found a damaged OpenSSH private key")
        }
        var inner = WireReader(body)
        guard let first = inner.number(), first == inner.number(), let kind = inner.string() else {
            throw SigningError(description: "found a damaged OpenSSH private key")
        }
        guard kind == Array("ssh-ed25519".utf8) else {
            throw SigningError(description: "found a key of another type, expected ssh-ed25519")
        }
        guard let publicKey = inner.string(), let secret = inner.string(), secret.count == 64,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: secret.prefix(32)),
            [UInt8](key.publicKey.rawRepresentation) == publicKey
        else { throw SigningError(description: "found a damaged OpenSSH private key") }
        self.key = key
    }

    /// The public key in the wire format.
    var publicBlob: [UInt8] {
        var writer = WireWriter()
        writer.append(text: "ssh-ed25519")
        writer.append(string: [UInt8](key.publicKey.rawRepresentation))
        return writer.bytes
    }

    /// The public key as one line of text, without a line end.
    func publicLine(comment: String) -> String {
        "ssh-ed25519 \(Data(publicBlob).base64EncodedString()) \(comment)"
    }

    /// The private key file's text (openssh-key-v1, no passphrase).
    func openSSHText(comment: String) -> String {
        let publicKey = [UInt8](key.publicKey.rawRepresentation)
        var inner = WireWriter()
        // Two equal numbers tell a reader that decryption worked; here there is none to do.
        let check = UInt32.random(in: 0...UInt32.max)
        inner.append(check)
        inner.append(check)
        inner.append(text: "ssh-ed25519")
        inner.append(string: publicKey)
        inner.append(string: [UInt8](key.rawRepresentation) + publicKey)
        inner.append(text: comment)
        var pad: UInt8 = 1
        while inner.bytes.count % 8 != 0 {
            inner.bytes.append(pad)
            pad += 1
        }
        var outer = WireWriter()
        outer.bytes = Array("openssh-key-v1\0".utf8)
        outer.append(text: "none")
        outer.append(text: "none")
        outer.append(text: "")
        outer.append(UInt32(1))
        outer.append(string: publicBlob)
        outer.append(string: inner.bytes)
        return Armor.wrapped(outer.bytes, name: "OPENSSH PRIVATE KEY")
    }

    /// An SSHSIG signature (OpenSSH PROTOCOL.sshsig) with SHA-512.
    ///
    /// Equal input gives equal text.
    ///
    /// - Parameters:
    ///   - message: What is signed.
    ///   - namespace: What the signature is for.
    /// - Returns: The armoured signature.
    /// - Throws: `SigningError` when the library cannot sign.
    func signature(of message: [UInt8], namespace: String) throws(SigningError) -> String {
        guard let raw = try? key.signature(for: SSHSignature.signed(message, namespace: namespace))
        else { throw SigningError(description: "the signing library refused to sign") }
        var signature = WireWriter()
        signature.append(text: "ssh-ed25519")
        signature.append(string: [UInt8](raw))
        var blob = WireWriter()
        blob.bytes = Array("SSHSIG".utf8)
        blob.append(UInt32(1))
        blob.append(string: publicBlob)
        blob.append(text: namespace)
        blob.append(text: "")
        blob.append(text: "sha512")
        blob.append(string: signature.bytes)
        return Armor.wrapped(blob.bytes, name: "SSH SIGNATURE")
    }
}
