// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Privacy

/// One line of the ledger.
///
/// Amounts are exact fractions as texts; absent fields are left out.
///
/// The stored body is canonical JSON (sorted keys, no spaces), and its SHA-256 is the next entry's
/// `prev`, so any stock tool can check the chain.
struct Entry: Codable, Equatable {
    enum Kind: String, Codable {
        case population, reserve, commit, fail
        case capChange = "cap-change"
    }

    var seq = 0
    var prev = ""
    let kind: Kind
    let time: String
    /// 128 random bits: the hash of an entry with guessable content must not be guessable.
    var nonce = Entry.randomHex()
    var population: String?
    var capEpsilon: Rational?
    var capDelta: Rational?
    /// A reservation's identifier; commits and failures refer to it.
    var id: String?
    var release: String?
    var recipient: String?
    var planSHA256: String?
    var rho: Rho?
    var epsilon: Rational?
    var delta: Rational?
    var sumsSHA256: String?
    /// What the mechanisms really spent of each part, for the record; never a refund.
    var consumedRho: Rho?
    var reason: String?

    init(_ kind: Kind, time: String) {
        self.kind = kind
        self.time = time
    }

    /// 32 hexadecimal digits from the operating system's generator.
    static func randomHex() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let word: UInt64 = generator.next()
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Canonical JSON.
    var body: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and integers only: encoding cannot fail.
        return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
    }

    /// The row that follows a head with this entry.
    func following(_ head: ChainHead) -> StoredEntry {
        var entry = self
        entry.seq = head.sequence + 1
        entry.prev = head.hash
        let body = entry.body
        return StoredEntry(
            sequence: entry.seq, prev: entry.prev, body: body, hash: Self.hash(of: body))
    }

    static func hash(of body: String) -> String {
        SHA256.hash(data: Data(body.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// What the first entry calls its predecessor.
    static let genesis = String(repeating: "0", count: 64)
}
