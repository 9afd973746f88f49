// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An OpenSSH allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS).
struct AllowedSigners {
    /// One line.
    struct Signer {
        let principals: [String]
        let namespaces: [String]?
        let validAfter: String?, validBefore: String?
        let publicBlob: [UInt8]
    }

    let signers: [Signer]

    /// Reads a file; lines that are comments, certificates or of another key type are left out, as
    /// none of them can have signed a release.
    init(text: String) {
        signers = text.split(whereSeparator: \.isNewline).compactMap { Self.signer(String($0)) }
    }

    /// The first principal that may sign for a purpose with a key at a time.
    ///
    /// - Parameters:
    ///   - blob: The public key in the wire format.
    ///   - namespace: The purpose.
    ///   - identity: The principal to expect, or `nil` for any.
    ///   - time: `YYYYMMDDHHMMSS` in UTC.
    /// - Returns: The identity, or the line's principals where none was asked for.
    func principal(
        of blob: [UInt8], namespace: String, identity: String?, time: String
    ) -> String? {
        for signer in signers where signer.publicBlob == blob {
            if let namespaces = signer.namespaces,
                !Self.matches(namespace, patterns: namespaces)
            {
                continue
            }
            if let after = signer.validAfter, time < after { continue }
            if let before = signer.validBefore, time >= before { continue }
            guard let identity else {
                return signer.principals.joined(separator: ",")
            }
            if Self.matches(identity, patterns: signer.principals) { return identity }
        }
        return nil
    }

    private static func signer(_ line: String) -> Signer? {
        var fields = words(line)
        guard fields.count >= 3, !fields[0].hasPrefix("#") else { return nil }
        let principals = fields.removeFirst().split(separator: ",").map(String.init)
        var namespaces: [String]?
        var after: String?, before: String?
        if fields[0] != "ssh-ed25519" {
            for option in options(fields.removeFirst()) {
                let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
                let value = parts.count == 2 ? parts[1] : ""
                switch parts.first?.lowercased() {
                case "namespaces": namespaces = value.split(separator: ",").map(String.init)
                case "valid-after":
                    guard let time = padded(value) else { return nil }
                    after = time
                case "valid-before":
                    guard let time = padded(value) else { return nil }
                    before = time
                // An unknown restriction must not be ignored.
                default: return nil
                }
            }
        }
        guard fields.count >= 2, fields[0] == "ssh-ed25519",
            let blob = Data(base64Encoded: fields[1])
        else { return nil }
        return Signer(
            principals: principals, namespaces: namespaces, validAfter: after, validBefore: before,
            publicBlob: [UInt8](blob))
    }

    /// `YYYYMMDD[HHMM[SS]][Z]` as fourteen digits; `nil` for anything else, which restricts nothing
    /// that could be checked.
    private static func padded(_ value: String) -> String? {
        let digits = value.hasSuffix("Z") ? String(value.dropLast()) : value
        guard [8, 12, 14].contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return digits + String(repeating: "0", count: 14 - digits.utf8.count)
    }

    /// Splits at blanks outside quotes.
    private static func words(_ line: String) -> [String] {
        split(line, at: { $0 == " " || $0 == "\t" }, keepsQuotes: true)
    }

    private static func options(_ text: String) -> [String] {
        split(text, at: { $0 == "," }, keepsQuotes: false)
    }

    private static func split(
        _ text: String, at isSeparator: (Character) -> Bool, keepsQuotes: Bool
    ) -> [String] {
        var parts: [String] = []
        var part = ""
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
                if keepsQuotes { part.append(character) }
            } else if isSeparator(character), !isQuoted {
                if !part.isEmpty { parts.append(part) }
                part = ""
            } else {
                part.append(character)
            }
        }
        return part.isEmpty ? parts : parts + [part]
    }

    /// OpenSSH pattern lists: `*`, `?` and `!` for exclusion.
    static func matches(_ text: String, patterns: [String]) -> Bool {
        var isMatch = false
        for pattern in patterns {
            if pattern.hasPrefix("!") {
                if matches(Array(text), Array(pattern.dropFirst())) { return false }
            } else if matches(Array(text), Array(pattern)) {
                isMatch = true
            }
        }
        return isMatch
    }

    /// Greedy matching with one point of return: linear in text times pattern.
    private static func matches(_ text: [Character], _ pattern: [Character]) -> Bool {
        var index = 0, place = 0
        var star = -1, resume = 0
        while index < text.count {
            if place < pattern.count, pattern[place] == "*" {
                star = place
                resume = index
                place += 1
            } else if place < pattern.count, pattern[place] == "?" || pattern[place] == text[index]
            {
                index += 1
                place += 1
            } else if star >= 0 {
                place = star + 1
                resume += 1
                index = resume
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }
}
