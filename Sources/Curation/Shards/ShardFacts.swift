// SPDX-License-Identifier: Apache-2.0

#if MUTANTS
    import Privacy
#endif

/// What the shards of one table must agree on, and which of them one is: all of it public.
public struct ShardFacts: Sendable, Codable, Hashable {
    /// SHA-256 of the schema, in hexadecimal.
    public let schema: String
    /// The unit column, or nil where each record is its own unit.
    public let unitColumn: String?
    /// The cap of records per unit.
    public let unitRows: Int
    /// The share of units in the holdout part, as text.
    public let holdout: String
    /// A digest that tells keys apart and does not give them away.
    public let key: String
    /// What was counted: "marginals", or the SHA-256 of the queries' file.
    public let content: String
    /// Which shard this is, from 0.
    public let shard: Int
    /// How many shards there are.
    public let shards: Int

    /// Describes a shard.
    ///
    /// - Parameters:
    ///   - schema: SHA-256 of the schema, in hexadecimal.
    ///   - unitColumn: The unit column, or nil.
    ///   - unitRows: The cap of records per unit.
    ///   - holdout: The share of units in the holdout part.
    ///   - key: A digest of the key.
    ///   - content: What was counted.
    ///   - shard: Which shard this is, from 0.
    ///   - shards: How many there are.
    public init(
        schema: String, unitColumn: String?, unitRows: Int, holdout: String, key: String,
        content: String, shard: Int, shards: Int
    ) {
        self.schema = schema
        self.unitColumn = unitColumn
        self.unitRows = unitRows
        self.holdout = holdout
        self.key = key
        self.content = content
        self.shard = shard
        self.shards = shards
    }

    /// Whether two shards can belong to one table.
    func agrees(with other: ShardFacts) -> Bool {
        let same = ShardFacts(
            schema: other.schema, unitColumn: other.unitColumn, unitRows: other.unitRows,
            holdout: other.holdout, key: other.key, content: other.content, shard: shard,
            shards: other.shards)
        return self == same
    }
}

/// The key under which units are hashed.
///
/// All shards of a table share it, so that they split units into training and holdout alike. Whoever has it and a tally can tell whether a unit is in a part.
public struct ShardKey: Sendable {
    private let words: (UInt64, UInt64)

    /// A key out of the operating system's generator.
    public static func random() -> ShardKey {
        #if MUTANTS
            if Mutation.active == .fixedSeed { return ShardKey(words: (7, 7)) }
        #endif
        var system = SystemRandomNumberGenerator()
        return ShardKey(words: (system.next(), system.next()))
    }

    private init(words: (UInt64, UInt64)) { self.words = words }

    /// Reads a key.
    ///
    /// - Parameter hexadecimal: 32 hexadecimal digits or more; the first 32 count.
    public init?(hexadecimal: String) {
        let digits = hexadecimal.utf8.prefix(32)
        guard digits.count == 32, hexadecimal.utf8.allSatisfy({ $0 < 0x80 }),
            let high = UInt64(hexadecimal.prefix(16), radix: 16),
            let low = UInt64(hexadecimal.dropFirst(16).prefix(16), radix: 16)
        else { return nil }
        words = (high, low)
    }

    var hash: KeyedHash { KeyedHash(key: words) }

    /// A digest that tells keys apart: a hash of a constant under the key.
    public var digest: String {
        let hash = self.hash.derived(9)(0x7368_6172_6400)
        return String(hash.high, radix: 16) + String(hash.low, radix: 16)
    }
}
