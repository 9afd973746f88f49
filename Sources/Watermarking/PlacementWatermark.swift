// SPDX-License-Identifier: Apache-2.0

public import Tables

/// Chooses the place of each value inside its cell, marked for a recipient where a key is given.
///
/// For each value a slot is drawn at random; where the slot's context is fresh in this file, the key
/// decides the place, otherwise chance does. Key and chance alike give 64 bits, which become a position by
/// the column's `CellPlaces`. Each context is used once, so to anyone without the key places are independent
/// and have just that distribution: the mark distorts nothing.
public struct PlacementWatermark: Sendable {
    private let key: WatermarkKey?
    private let ladder: SlotLadder
    /// Where the values of each attribute lie.
    private let places: [CellPlaces]
    /// Whether each cell of each attribute has more than one place.
    private let isOpen: [[Bool]]
    private var seen: SeenTokens
    private var state: UInt64
    private var bits: [UInt64] = []

    /// Prepares to place values.
    ///
    /// - Parameters:
    ///   - key: The recipient's key, or `nil` for chance alone.
    ///   - schema: The schema of the table.
    ///   - seed: A public seed; equal key, schema, seed and rows give equal places.
    public init(key: WatermarkKey?, schema: Schema, seed: UInt64) {
        self.key = key
        ladder = SlotLadder(codecs: schema.codecs, names: schema.attributeNames)
        let places = schema.codecs.map(CellPlaces.init)
        self.places = places
        isOpen = schema.codecs.indices.map { attribute in
            (0..<schema.codecs[attribute].cellCount).map { places[attribute].width(of: $0) > 1 }
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
        precondition(codes.count == places.count * rowCount)
        positions = [Int32](repeating: 0, count: codes.count)
        bits = [UInt64](repeating: 0, count: rowCount)
        for (carrier, attribute) in ladder.carriers.enumerated() {
            let column = attribute * rowCount
            for row in 0..<rowCount {
                let isCarrier = isOpen[attribute][Int(codes[column + row])]
                bits[row] = isCarrier ? drawn(carrier, row, codes, rowCount) : 0
            }
            places[attribute].place(codes, from: column, bits: bits, into: &positions)
        }
    }

    /// The bits of a value: the key's where its context is fresh, or else random ones.
    private mutating func drawn(
        _ carrier: Int, _ row: Int, _ codes: [UInt16], _ rowCount: Int
    ) -> UInt64 {
        if let key {
            let slot = Int(next() >> 61)
            let token = ladder.token(carrier: carrier, slot: slot) {
                Int(codes[$0 * rowCount + row])
            }
            if let token, seen.insert(token) {
                return key.bits(token, domain: ladder.slots[carrier][slot].domain)
            }
        }
        return next()
    }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    private mutating func next() -> UInt64 {
        let value = SeenTokens.mixed(state)
        state &+= 0x9E37_79B9_7F4A_7C15
        return value
    }
}
