// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// A hash of the tree: 32 bytes.
public typealias MerkleHash = [UInt8]

/// The Merkle tree over the bodies of the entries (RFC 9162 §2.1).
///
/// Its root commits to every entry and to their order, and a short proof shows that one entry is among
/// them without showing any other: the hashes beside its path tell nothing, as every entry has 128 random
/// bits of its own.
struct MerkleTree: Sendable {
    /// The leaves' hashes.
    private(set) var leaves: [MerkleHash] = []
    /// The roots of the whole subtrees that make up the tree, largest first: the sizes are the powers
    /// of two in the number of leaves.
    private var peaks: [(size: Int, hash: MerkleHash)] = []

    /// SHA-256(0x00 ‖ entry).
    static func leaf(_ body: String) -> MerkleHash {
        MerkleHash(SHA256.hash(data: [0] + Array(body.utf8)))
    }

    /// SHA-256(0x01 ‖ left ‖ right).
    static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        MerkleHash(SHA256.hash(data: [1] + left + right))
    }

    /// The root of no leaves.
    static let empty = MerkleHash(SHA256.hash(data: [UInt8]()))

    /// Adds an entry; O(1) hashes on average.
    mutating func append(_ body: String) {
        let leaf = Self.leaf(body)
        leaves.append(leaf)
        peaks.append((1, leaf))
        while peaks.count > 1, let right = peaks.last, peaks[peaks.count - 2].size == right.size {
            peaks.removeLast()
            let left = peaks.removeLast()
            peaks.append((2 * right.size, Self.node(left.hash, right.hash)))
        }
    }

    /// The root over all leaves; O(log leaves) hashes.
    var root: MerkleHash {
        guard var hash = peaks.last?.hash else { return Self.empty }
        for peak in peaks.dropLast().reversed() { hash = Self.node(peak.hash, hash) }
        return hash
    }

    /// The root over the first leaves; O(size) hashes.
    func root(ofFirst size: Int) -> MerkleHash {
        size == leaves.count ? root : Self.root(leaves[..<size])
    }

    private static func root(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        guard let first = leaves.first else { return empty }
        guard leaves.count > 1 else { return first }
        let split = leaves.startIndex + largestPower(below: leaves.count)
        return node(root(leaves[..<split]), root(leaves[split...]))
    }

    /// The largest power of two below a number above 1.
    static func largestPower(below count: Int) -> Int {
        1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }

    /// The hashes beside a leaf's path to the root (RFC 9162 §2.1.3.1).
    ///
    /// - Parameter index: The leaf, counted from 0.
    /// - Returns: The hashes, from the leaf up; O(leaves) hashes are computed.
    func inclusionProof(of index: Int) -> [MerkleHash] {
        precondition(leaves.indices.contains(index), "a proof is of a leaf that is there")
        return Self.path(index, in: leaves[...])
    }

    private static func path(_ index: Int, in leaves: ArraySlice<MerkleHash>) -> [MerkleHash] {
        guard leaves.count > 1 else { return [] }
        let size = largestPower(below: leaves.count)
        let split = leaves.startIndex + size
        return index < size
            ? path(index, in: leaves[..<split]) + [root(leaves[split...])]
            : path(index - size, in: leaves[split...]) + [root(leaves[..<split])]
    }

    /// The hashes that show that this tree continues an earlier one (RFC 9162 §2.1.4.1).
    ///
    /// - Parameter size: The number of leaves of the earlier one, from 1 to those of this one.
    /// - Returns: The hashes; O(leaves) hashes are computed.
    func consistencyProof(from size: Int) -> [MerkleHash] {
        precondition(size > 0 && size <= leaves.count, "a proof is from a tree that this one had")
        return Self.continuation(of: size, in: leaves[...], isWhole: true)
    }

    private static func continuation(
        of size: Int, in leaves: ArraySlice<MerkleHash>, isWhole: Bool
    ) -> [MerkleHash] {
        guard size < leaves.count else { return isWhole ? [] : [root(leaves)] }
        let half = largestPower(below: leaves.count)
        let split = leaves.startIndex + half
        return size <= half
            ? continuation(of: size, in: leaves[..<split], isWhole: isWhole)
                + [root(leaves[split...])]
            : continuation(of: size - half, in: leaves[split...], isWhole: false)
                + [root(leaves[..<split])]
    }
}

/// Checks of proofs, which need no ledger.
public enum MerkleProof {
    /// Whether an entry is in the tree with a root (RFC 9162 §2.1.3.2).
    ///
    /// - Parameters:
    ///   - body: The entry, as it stands in the ledger.
    ///   - index: Its place, counted from 0.
    ///   - size: The number of entries of the tree.
    ///   - hashes: The proof.
    ///   - root: The tree's root.
    /// - Returns: Whether the proof holds.
    public static func isIncluded(
        _ body: String, at index: Int, ofTree size: Int, by hashes: [MerkleHash],
        root: MerkleHash
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var place = index
        var last = size - 1
        var hash = MerkleTree.leaf(body)
        for sibling in hashes {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = MerkleTree.node(sibling, hash)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = MerkleTree.node(hash, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// Whether a tree continues an earlier one (RFC 9162 §2.1.4.2).
    ///
    /// - Parameters:
    ///   - first: The number of entries of the earlier tree, and its root.
    ///   - second: The number of entries of the later tree, and its root.
    ///   - hashes: The proof.
    /// - Returns: Whether the proof holds.
    public static func isContinuation(
        _ first: (size: Int, root: MerkleHash), by second: (size: Int, root: MerkleHash),
        proof hashes: [MerkleHash]
    ) -> Bool {
        guard first.size > 0, first.size <= second.size else { return false }
        if first.size == second.size { return hashes.isEmpty && first.root == second.root }
        var path = hashes
        if first.size & (first.size - 1) == 0 { path.insert(first.root, at: 0) }
        guard var older = path.first else { return false }
        var place = first.size - 1
        var last = second.size - 1
        while place & 1 == 1 {
            place >>= 1
            last >>= 1
        }
        var newer = older
        for hash in path.dropFirst() {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                older = MerkleTree.node(hash, older)
                newer = MerkleTree.node(hash, newer)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                newer = MerkleTree.node(newer, hash)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && older == first.root && newer == second.root
    }
}
