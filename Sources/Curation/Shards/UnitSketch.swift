// SPDX-License-Identifier: Apache-2.0

/// The smallest keyed hashes of a shard's distinct units: a bottom-k sketch (Cohen and Kaplan 2007).
///
/// All shards hash under one key, so a unit with records in two shards has the same hash in both, and the
/// smallest hashes of the two have members in common if the units have. Merging refuses that: such a
/// unit was bounded once a shard, and no noise was planned for the sum.
///
/// What it catches: a table that was divided by record and not by unit. Then most units are in several
/// shards, the units of small hash too, and shards share nearly all of their sketches. What it cannot
/// catch: a single stray unit in a large table. Its hash is among the 8,192 smallest of both its
/// shards only with about the probability 8,192 / units of the larger one; it is certain only where
/// neither shard has more units than that. Two different units have one hash of 128 bits with a
/// probability below m² / 2¹²⁹ for m of them, so nothing is refused by chance.
///
/// The sketch of all shards together does not depend on how units were divided among them. By it a
/// second pass over the records is tied to the units of the first.
///
/// The hashes have a key of their own and are in the secret file alone. Whoever holds shard key and
/// file could tell by them whether a unit is in the shard, as by the tallies.
struct UnitSketch: Sendable {
    /// Hashes that are kept: 128 KiB a shard.
    static let size = 8_192

    private var pending: [UnitHash] = []
    /// The largest hash that may still be among the smallest.
    private var bound = UnitHash(high: .max, low: .max)

    /// Adds a unit; it may come again.
    mutating func add(_ hash: UnitHash) {
        guard hash <= bound else { return }
        pending.append(hash)
        if pending.count >= 4 * Self.size { shrink() }
    }

    /// Adds what another sketch has.
    mutating func merge(_ other: UnitSketch) {
        pending += other.pending
        shrink()
    }

    /// The smallest hashes, ascending and distinct.
    var hashes: [UnitHash] {
        var copy = self
        copy.shrink()
        return copy.pending
    }

    private mutating func shrink() {
        pending.sort()
        var kept: [UnitHash] = []
        for hash in pending where hash != kept.last {
            kept.append(hash)
            if kept.count == Self.size { break }
        }
        pending = kept
        if kept.count == Self.size, let last = kept.last { bound = last }
    }

    /// The first two shards that have a unit in common.
    ///
    /// - Parameter shards: The names and the hashes of all shards.
    /// - Complexity: O(hashes · log hashes).
    static func overlap(
        _ shards: [(name: String, hashes: [UnitHash])]
    ) -> (String, String)? {
        var all = shards.indices.flatMap { shard in
            shards[shard].hashes.map { (hash: $0, shard: shard) }
        }
        all.sort { ($0.hash, $0.shard) < ($1.hash, $1.shard) }
        for (one, other) in zip(all, all.dropFirst()) where one.hash == other.hash {
            return (shards[one.shard].name, shards[other.shard].name)
        }
        return nil
    }
}

extension UnitHash: Comparable {
    static func < (one: UnitHash, other: UnitHash) -> Bool {
        (one.high, one.low) < (other.high, other.low)
    }
}
