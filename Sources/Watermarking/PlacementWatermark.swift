// SPDX-License-Identifier: Apache-2.0

public import Tables

/// Chooses the place of each value inside its cell, marked for a recipient where a key is given.
///
/// For each value a slot is drawn at random; where the slot's context is fresh in this file, the key
/// decides the place, otherwise chance does. Each context is used once, so places are independent
/// and uniform to anyone without the key: the mark distorts nothing.
public struct PlacementWatermark: Sendable {
    private let key: WatermarkKey?
    private let ladder: SlotLadder
    /// Places of every cell of every attribute.
    private let widths: [[Int]]
    private var seen: SeenTokens
    private var state: UInt64

    /// Prepares to place values.
    ///
    /// - Parameters:
    ///   - key: The recipient's key, or `nil` for chance alone.
    ///   - schema: The schema of the table.
    ///   - seed: A public seed; equal key, schema, seed and rows give equal places.
    public init(key: WatermarkKey?, schema: Schema, seed: UInt64) {
        self.key = key
        ladder = SlotLadder(codecs: schema.codecs, names: schema.attributeNames)
        widths = schema.codecs.map { codec in
            (0..<codec.cellCount).map { codec.positions(in: $0) }
        }
        seen = SeenTokens(capacity: key == nil ? 1 : 1 << 20)
        state = SeenTokens.mixed(seed ^ 0x706C_6163_656D_656E)
    }

    /// Places the values of some rows; call it block by block in the order of the table.
    ///
    /// - Parameters:
    ///   - codes: Cells, column-major with stride `rowCount`.
    ///   - rowCount: The number of rows.
    ///   - positions: Gets one position a code, in the same order; 0 where a cell has one value.
    public mutating func positions(
        codes: [UInt16], rowCount: Int, into positions: inout [Int32]
    ) {
        precondition(codes.count == widths.count * rowCount)
        positions = [Int32](repeating: 0, count: codes.count)
        for (carrier, attribute) in ladder.carriers.enumerated() {
            for row in 0..<rowCount {
                let width = widths[attribute][Int(codes[attribute * rowCount + row])]
                guard width > 1 else { continue }
                positions[attribute * rowCount + row] = Int32(
                    place(carrier, row, codes, rowCount, width))
            }
        }
    }

    private mutating func place(
        _ carrier: Int, _ row: Int, _ codes: [UInt16], _ rowCount: Int, _ width: Int
    ) -> Int {
        if let key {
            let slot = Int(next() >> 61)
            let token = ladder.token(carrier: carrier, slot: slot) {
                Int(codes[$0 * rowCount + row])
            }
            if let token, seen.insert(token) {
                return key.place(token, domain: ladder.slots[carrier][slot].domain, width: width)
            }
        }
        return Int(next().multipliedFullWidth(by: UInt64(width)).high)
    }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    private mutating func next() -> UInt64 {
        let value = SeenTokens.mixed(state)
        state &+= 0x9E37_79B9_7F4A_7C15
        return value
    }
}
