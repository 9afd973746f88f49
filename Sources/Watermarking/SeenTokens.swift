// SPDX-License-Identifier: Apache-2.0

/// The contexts that a file has used, in flat memory.
///
/// Open addressing over 64-bit fingerprints. A collision or a full table makes a fresh context look
/// used, which costs a little evidence and no correctness.
struct SeenTokens: Sendable {
    private var table: [UInt64]
    private var count = 0
    private let capacity: Int

    init(capacity: Int = 1 << 20) {
        self.capacity = capacity
        table = [UInt64](repeating: 0, count: capacity * 2)
    }

    /// Whether every context looks used from now on.
    var isFull: Bool { count >= capacity }

    /// Whether a context is fresh; it is not afterwards.
    mutating func insert(_ token: Token) -> Bool {
        guard !isFull else { return false }
        let print = max(1, Self.mixed(Self.mixed(token.codes) ^ UInt64(token.slot)))
        var place = Int(print % UInt64(table.count))
        while table[place] != 0 {
            if table[place] == print { return false }
            place = place + 1 == table.count ? 0 : place + 1
        }
        table[place] = print
        count += 1
        return true
    }

    /// The finaliser of SplitMix64, a bijection.
    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
