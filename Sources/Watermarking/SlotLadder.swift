// SPDX-License-Identifier: Apache-2.0

import Crypto
public import Tables

/// One way to tell the context of a value: its own cell and the cells of a few other columns.
struct Slot: Sendable {
    /// The other attributes.
    let others: [Int]
    /// What separates this slot's pseudo-random bits from all others'.
    let domain: [UInt8]
}

/// The slots of every column that can carry a mark, from the schema alone.
///
/// A column can carry one where its cells hold several values: numbers and dates in bins. Slots use
/// one, one, one, two, two, two, three and three other columns, so that some survive when columns are
/// dropped; which ones follows from column names, not from their order.
public struct SlotLadder: Sendable {
    static let sizes = [1, 1, 1, 2, 2, 2, 3, 3]
    /// Attributes that can carry a mark.
    public let carriers: [Int]
    /// Eight slots for each carrier, in the carriers' order.
    let slots: [[Slot]]
    let codecs: [ColumnCodec]

    /// Lays out the slots.
    ///
    /// - Parameters:
    ///   - codecs: The codecs of the attributes.
    ///   - names: The attributes' names.
    public init(codecs: [ColumnCodec], names: [String]) {
        precondition(codecs.count == names.count)
        self.codecs = codecs
        carriers = codecs.indices.filter { attribute in
            (0..<codecs[attribute].cellCount).contains { codecs[attribute].positions(in: $0) > 1 }
        }
        slots = carriers.map { carrier in
            Self.sizes.enumerated().map { index, size in
                let order = codecs.indices.filter { $0 != carrier }
                    .map { (Self.digest(names[carrier], index, names[$0]), $0) }
                    .sorted { $0.0.lexicographicallyPrecedes($1.0) }
                let others = order.prefix(size).map(\.1)
                let chosen = others.map { names[$0] }.joined(separator: "\u{1F}")
                return Slot(others: others, domain: Self.digest(names[carrier], index, chosen))
            }
        }
    }

    private static func digest(_ carrier: String, _ slot: Int, _ text: String) -> [UInt8] {
        Array(SHA256.hash(data: Array("\(carrier)\u{1E}\(slot)\u{1E}\(text)".utf8)))
    }

    /// The context of a value in a slot; `nil` where a column that it needs is gone.
    func token(
        carrier: Int, slot: Int, code: (Int) -> Int
    ) -> Token? {
        var codes = UInt64(code(carriers[carrier]))
        for other in slots[carrier][slot].others {
            let value = code(other)
            guard value >= 0 else { return nil }
            codes = codes << 16 | UInt64(value)
        }
        return Token(slot: carrier * Self.sizes.count + slot, codes: codes)
    }
}
