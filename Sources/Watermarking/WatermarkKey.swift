// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// The secret that marks the copies of one release for one recipient.
///
/// It depends on no record: the mark is post-processing and spends nothing.
public struct WatermarkKey: Sendable {
    private let key: SymmetricKey

    /// Derives a key by HKDF-SHA256 (RFC 5869).
    ///
    /// - Parameters:
    ///   - master: The owner's secret, 32 random bytes.
    ///   - release: The release's name.
    ///   - recipient: The recipient's name.
    /// - Returns: A key; names are preceded by their lengths, so no two pairs share one.
    public static func derive(
        master: [UInt8], release: String, recipient: String
    ) -> WatermarkKey {
        var info = Data("semblance placement v1".utf8)
        for name in [release, recipient] {
            withLength(Array(name.utf8), into: &info)
        }
        return WatermarkKey(
            key: HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: master), info: info, outputByteCount: 32))
    }

    private init(key: SymmetricKey) { self.key = key }

    private static func withLength(_ bytes: [UInt8], into data: inout Data) {
        for shift in stride(from: 56, through: 0, by: -8) {
            data.append(UInt8(truncatingIfNeeded: bytes.count >> shift))
        }
        data.append(contentsOf: bytes)
    }

    /// 64 pseudo-random bits of a context (HMAC-SHA256).
    func bits(_ token: Token, domain: [UInt8]) -> UInt64 {
        var mac = HMAC<SHA256>(key: key)
        var message = domain
        for shift in stride(from: 56, through: 0, by: -8) {
            message.append(UInt8(truncatingIfNeeded: token.codes >> UInt64(shift)))
        }
        mac.update(data: message)
        var bits: UInt64 = 0
        for byte in mac.finalize().prefix(8) { bits = bits << 8 | UInt64(byte) }
        return bits
    }
}

/// A context: a slot and the codes of its columns, 16 bits each.
struct Token: Hashable, Sendable {
    let slot: Int
    let codes: UInt64
}
