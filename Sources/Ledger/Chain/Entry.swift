// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Privacy

/// One line of the ledger.
///
/// Amounts are exact fractions as texts; absent fields are left out. An entry tells of its own release
/// only: together with its place among the hashes it may be handed to the recipient.
///
/// The stored body is canonical JSON (sorted keys, no spaces), and its SHA-256 is the next entry's
/// `prev`, so any stock tool can check the chain.
struct Entry: Codable, Equatable {
    enum Kind: String, Codable {
        case genesis, population, limits, reserve, commit, fail, abandon, loss
        case capChange = "cap-change"
    }

    /// What the first entry says of all.
    static let currentFormat = "semblance-ledger-2"

    var seq = 0
    var prev = ""
    let kind: Kind
    let time: Timestamp
    /// 128 random bits: the hash of an entry with guessable content must not be guessable.
    var nonce = Entry.randomHex()
    var format: String?
    var population: String?
    var cap: BudgetCap?
    var limits: PolicyLimits?
    /// A reservation's identifier; commits, failures and abandonments refer to it.
    var id: String?
    var release: String?
    var releaseType: String?
    var recipient: String?
    /// The privacy unit and its bound; neighbours differ by all records of one.
    var unit: String?
    var planSHA256: String?
    /// What is charged.
    var cost: PrivacyCost?
    /// The guarantee as the release file words it.
    var epsilon: Rational?
    var delta: Rational?
    var holder: Holder?
    var sumsSHA256: String?
    /// What the mechanisms really spent, for the record; never a refund.
    var consumed: PrivacyCost?
    var reason: String?

    init(_ kind: Kind, time: Timestamp) {
        self.kind = kind
        self.time = time
    }

    /// The entry that every chain begins with.
    static func genesis(time: Timestamp) -> Entry {
        var entry = Entry(.genesis, time: time)
        entry.format = currentFormat
        return entry
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
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in SHA256.hash(data: Array(body.utf8)) {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What the first entry calls its predecessor.
    static let noPredecessor = String(repeating: "0", count: 64)
}
