// SPDX-License-Identifier: Apache-2.0

/// Who signed a release, by keys that the recipient already trusts.
enum SignatureCheck {
    /// Checks a signature.
    ///
    /// - Parameters:
    ///   - message: What is signed.
    ///   - name: Its file, for messages.
    ///   - namespace: The purpose that the signature has to be made for.
    ///   - signature: The armoured signature.
    ///   - allowedSigners: The text of an allowed_signers file.
    ///   - identity: The principal to expect, or `nil` for any.
    ///   - archive: The archive's path, for messages.
    /// - Returns: The principal.
    /// - Throws: `ReleaseError` with status `dataInvalid`.
    static func signer(
        of message: [UInt8], name: String = Packing.sumsName,
        namespace: String = Packing.signatureNamespace, signature: [UInt8],
        allowedSigners: String, identity: String?, archive: String
    ) throws(ReleaseError) -> String {
        func failed(_ found: String) -> ReleaseError {
            ReleaseError(.dataInvalid, "verification failed: signature: \(archive): \(found)")
        }
        guard let parsed = SSHSignature(text: String(decoding: signature, as: UTF8.self)) else {
            throw failed("not an Ed25519 SSH signature")
        }
        guard parsed.isValid(for: message, namespace: namespace) else {
            throw failed("it does not belong to \(name)")
        }
        let time = Clock.timestamp(Clock.now()).filter(\.isNumber)
        let principal = AllowedSigners(text: allowedSigners).principal(
            of: parsed.publicBlob, namespace: namespace, identity: identity,
            time: time)
        guard let principal else {
            throw failed(
                "made by a key that the allowed_signers file does not name "
                    + (identity.map { "as \($0)" } ?? "for this purpose"))
        }
        return principal
    }
}
