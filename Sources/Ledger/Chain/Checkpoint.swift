// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a ledger was at one moment: its name, its size and the root over its entries.
///
/// The text is the body of a C2SP tlog-checkpoint: three lines, which a signature of the owner turns into
/// a promise that can be held against every later state of the ledger.
public struct Checkpoint: Sendable, Hashable, CustomStringConvertible {
    /// Which ledger it is: a name that its first entry's random bits make its own.
    public let origin: String
    /// The number of entries.
    public let size: Int
    /// The root of the Merkle tree over them.
    public let root: MerkleHash

    /// The three lines.
    public var description: String {
        "\(origin)\n\(size)\n\(Data(root).base64EncodedString())\n"
    }

    /// Names a state.
    init(origin: String, size: Int, root: MerkleHash) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads three lines and nothing else.
    ///
    /// - Parameter text: The text of a checkpoint.
    /// - Returns: `nil` where it is none.
    public init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty, !lines[0].isEmpty,
            let size = Int(lines[1]), size >= 0, String(size) == lines[1],
            let root = Data(base64Encoded: String(lines[2])), root.count == 32
        else { return nil }
        self.init(origin: String(lines[0]), size: size, root: MerkleHash(root))
        guard description == text else { return nil }
    }

    /// What ledgers are called: by the hash of their first entry.
    static func origin(firstHash: String) -> String {
        "semblance.ledger/" + firstHash.prefix(32)
    }
}

/// One entry of a ledger with the proof that it is in it, which shows no other entry.
///
/// It holds together with a checkpoint; whether that is genuine, its signature says.
public struct InclusionProof: Sendable, Hashable, Codable {
    /// The entry's place, counted from 0.
    public let index: Int
    /// The number of entries of the checkpoint that the proof belongs to.
    public let size: Int
    /// The hashes beside the way from the entry to the root, from the entry up, in base64.
    public let hashes: [String]

    init(index: Int, size: Int, hashes: [MerkleHash]) {
        self.index = index
        self.size = size
        self.hashes = hashes.map { Data($0).base64EncodedString() }
    }

    /// Whether an entry is in the ledger that a checkpoint names.
    ///
    /// - Parameters:
    ///   - body: The entry, as it stands in the ledger.
    ///   - checkpoint: The checkpoint.
    /// - Returns: Whether it is.
    public func holds(_ body: String, in checkpoint: Checkpoint) -> Bool {
        let decoded = hashes.compactMap { Data(base64Encoded: $0).map { MerkleHash($0) } }
        return decoded.count == hashes.count && decoded.allSatisfy { $0.count == 32 }
            && size == checkpoint.size
            && MerkleProof.isIncluded(
                body, at: index, ofTree: size, by: decoded, root: checkpoint.root)
    }
}

/// What a release hands out of its ledger: its own entry, and what commits to it.
public struct LedgerEvidence: Sendable, Hashable {
    /// The entry of the charge, as it stands in the ledger.
    public let entry: String
    /// The state of the ledger when the evidence was made.
    public let checkpoint: Checkpoint
    /// The proof that the entry is in it.
    public let inclusion: InclusionProof
}

/// The proof that a ledger continues an earlier checkpoint of it (RFC 9162 §2.1.4).
public struct ConsistencyProof: Sendable, Hashable, Codable {
    /// The number of entries of the earlier and of the later checkpoint.
    public let first: Int, second: Int
    /// The hashes, in base64.
    public let hashes: [String]
    /// The later checkpoint.
    public let checkpoint: String

    init(from first: Int, to checkpoint: Checkpoint, hashes: [MerkleHash]) {
        self.first = first
        second = checkpoint.size
        self.checkpoint = checkpoint.description
        self.hashes = hashes.map { Data($0).base64EncodedString() }
    }

    /// Whether a ledger was continued from one checkpoint to another.
    ///
    /// - Parameters:
    ///   - older: The earlier checkpoint.
    ///   - newer: The later one.
    /// - Returns: Whether it was.
    public func holds(from older: Checkpoint, to newer: Checkpoint) -> Bool {
        let decoded = hashes.compactMap { Data(base64Encoded: $0).map { MerkleHash($0) } }
        return decoded.count == hashes.count && older.origin == newer.origin
            && older.size == first && newer.size == second
            && MerkleProof.isContinuation(
                (first, older.root), by: (second, newer.root), proof: decoded)
    }
}
