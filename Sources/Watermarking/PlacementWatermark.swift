// SPDX-License-Identifier: Apache-2.0

public import Tables

/// Chooses the place of each value inside its cell, marked for a recipient where a key is given.
///
/// For each value a slot is drawn at random; where the slot's context is fresh in this file, the key
/// decides the place, otherwise chance does. Key and chance alike give 64 bits, which become a position by
/// the column's `CellPlaces`. Each context is used once, so to anyone without the key places are independent
/// and have just that distribution: the mark distorts nothing.
///
/// Which contexts are fresh follows from the order of blocks; all else about a block does not. So `begin` and
/// `finish` may run on any thread, and `UsedContexts.keepFresh` between them once a block, in their order.
public struct PlacementWatermark: Sendable {
    private let key: WatermarkKey?
    private let ladder: SlotLadder
    /// Where the values of each attribute lie.
    private let places: [CellPlaces]
    /// Whether each cell of each attribute has more than one place.
    private let isOpen: [[Bool]]
    private let seed: UInt64

    /// Prepares to place values.
    ///
    /// - Parameters:
    ///   - key: The recipient's key, or `nil` for chance alone.
    ///   - schema: The schema of the table.
    ///   - seed: A public seed; equal key, schema, seed and blocks of rows give equal places.
    public init(key: WatermarkKey?, schema: Schema, seed: UInt64) {
        self.key = key
        ladder = SlotLadder(codecs: schema.codecs, names: schema.attributeNames)
        let places = schema.codecs.map(CellPlaces.init)
        self.places = places
        isOpen = schema.codecs.indices.map { attribute in
            (0..<schema.codecs[attribute].cellCount).map { places[attribute].width(of: $0) > 1 }
        }
        self.seed = SeenTokens.mixed(seed ^ 0x706C_6163_656D_656E)
    }

    /// The contexts that a file has used, for `keepFresh`.
    public var contexts: UsedContexts { UsedContexts(isNeeded: key != nil) }

    /// Places the values of a block by chance, and notes what the key may decide.
    ///
    /// - Parameters:
    ///   - block: The block's number in the table.
    ///   - codes: Cells, column-major with stride `rowCount`.
    ///   - rowCount: The number of rows.
    ///   - isUsedUp: Whether no context can be fresh any more, as `UsedContexts.isFull` said of an earlier
    ///     block; it saves time and changes nothing.
    /// - Returns: The block, with one position a code.
    public func begin(
        block: Int, codes: [UInt16], rowCount: Int, isUsedUp: Bool
    ) -> PlacedBlock {
        precondition(codes.count == places.count * rowCount)
        var placed = PlacedBlock(count: codes.count)
        var state = SeenTokens.mixed(seed &+ UInt64(block))
        let isMarked = key != nil && !isUsedUp
        var bits = [UInt64](repeating: 0, count: rowCount)
        for (carrier, attribute) in ladder.carriers.enumerated() {
            let isOpen = isOpen[attribute]
            let column = attribute * rowCount
            for row in 0..<rowCount {
                let code = codes[column + row]
                guard isOpen[Int(code)] else {
                    bits[row] = 0
                    continue
                }
                // SplitMix64 (Steele, Lea and Flood 2014): one number for chance, and three bits of
                // another for the slot.
                bits[row] = SeenTokens.mixed(state)
                state &+= 0x9E37_79B9_7F4A_7C15
                guard isMarked else { continue }
                let slot = Int(SeenTokens.mixed(~state) >> 61)
                let token = ladder.token(carrier: carrier, slot: slot) {
                    Int(codes[$0 * rowCount + row])
                }
                if let token {
                    placed.candidates.append(
                        PlacedBlock.Candidate(
                            index: Int32(column + row), attribute: Int32(attribute), code: code,
                            token: token))
                }
            }
            places[attribute].place(codes, from: column, bits: bits, into: &placed.positions)
        }
        return placed
    }

    /// Moves the values whose contexts are fresh to where the key puts them.
    ///
    /// - Parameter block: A block that has been through `keepFresh`.
    public func finish(_ block: inout PlacedBlock) {
        guard let key else { return }
        for candidate in block.candidates {
            let (carrier, slot) = candidate.token.slot.quotientAndRemainder(
                dividingBy: SlotLadder.sizes.count)
            let bits = key.bits(candidate.token, domain: ladder.slots[carrier][slot].domain)
            block.positions[Int(candidate.index)] = Int32(
                places[Int(candidate.attribute)].position(in: Int(candidate.code), bits: bits))
        }
        block.candidates = []
    }
}

/// A block of values with their places.
public struct PlacedBlock: Sendable {
    /// One position a code, in the order of the codes; 0 where a cell has one value.
    public fileprivate(set) var positions: [Int32]
    /// Values whose place the key decides where their context is fresh.
    fileprivate var candidates: [Candidate] = []

    fileprivate struct Candidate: Sendable {
        let index: Int32, attribute: Int32
        let code: UInt16
        let token: Token
    }

    fileprivate init(count: Int) { positions = [Int32](repeating: 0, count: count) }
}

/// The contexts that the blocks of a file have used so far.
public struct UsedContexts: Sendable {
    private var seen: SeenTokens
    private var isSpent = false

    /// A block of fewer values says little about how many fresh contexts are left.
    private static let tellingValues = 1 << 14
    /// Of so many values of a block one has to be fresh, or the search is over.
    private static let rareness = 64

    fileprivate init(isNeeded: Bool) { seen = SeenTokens(capacity: isNeeded ? 1 << 20 : 0) }

    /// Whether no context counts as fresh any more.
    ///
    /// There is no room to remember more, or a large block had hardly any. Then the file carries all the
    /// evidence that anybody needs, and every value is placed by chance.
    public var isFull: Bool { isSpent || seen.isFull }

    /// Leaves of a block's values those whose context is fresh, and uses these contexts up.
    ///
    /// - Parameter block: The next block of the file, as `begin` made it. Complexity: linear in its values
    ///   until all contexts are used up, and nothing then.
    public mutating func keepFresh(_ block: inout PlacedBlock) {
        guard !isFull else {
            block.candidates = []
            return
        }
        let count = block.candidates.count
        block.candidates.removeAll { !seen.insert($0.token) }
        isSpent = count >= Self.tellingValues && block.candidates.count * Self.rareness < count
    }
}
