// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Tables

/// Tells how well the places of a found table's values fit a recipient's key.
///
/// For each distinct context the key names one place U, which has the distribution F of the cell's places to
/// whoever made the file without the key: uniform, or as the schema says it is shaped. A value at V gives the
/// likelihood ratio `mean over h of 1[|U−V| ≤ h] / F(B_h(V))` with `B_h(V)` the places within h of V, whose
/// expectation over U is exactly 1 whatever V is (below 1 where F gives `B_h(V)` nothing). The
/// e-value of a context is the mean of its values' ratios; distinct contexts are independent, so
/// `E = mean over p of Π (1 + p (e − 1))` has expectation at most 1 for every file made without the
/// key, and `P[E ≥ 1/α] ≤ α` (Markov). That holds with any schema; with the one that a table was written by,
/// the evidence is strongest.
public struct PlacementDetector: Sendable {
    /// `ln E` from which a recipient is accused: false alarms below 1e-9 a test, 1e-6 over a thousand
    /// recipients.
    public static let threshold = 20.8
    /// Contexts that are looked at, at most; more add evidence that nobody needs.
    public static let largestContexts = 200_000

    private let ladder: SlotLadder
    private let places: [CellPlaces]
    private var groups: [Token: [Value]] = [:]

    private struct Value {
        let position: Int32
        let code: Int32
    }

    /// Prepares a detector.
    ///
    /// - Parameter schema: The schema of the releases that the table may come from.
    public init(schema: Schema) {
        ladder = SlotLadder(codecs: schema.codecs, names: schema.attributeNames)
        places = schema.codecs.map(CellPlaces.init)
    }

    /// Whether any column can carry a mark.
    public var hasCarriers: Bool { !ladder.carriers.isEmpty }
    /// Contexts collected so far.
    public var contextCount: Int { groups.count }
    /// Whether more records would add nothing.
    public var isFull: Bool { groups.count >= Self.largestContexts }

    /// Collects the contexts of some records.
    ///
    /// - Parameter records: Records of the found table.
    public mutating func add(_ records: FoundRecords) {
        for (carrier, attribute) in ladder.carriers.enumerated() {
            for row in 0..<records.rowCount {
                let position = records.positions[attribute][row]
                guard position >= 0 else { continue }
                let code = records.codes[attribute][row]
                guard places[attribute].width(of: Int(code)) > 1 else { continue }
                for slot in SlotLadder.sizes.indices {
                    let token = ladder.token(carrier: carrier, slot: slot) {
                        Int(records.codes[$0][row])
                    }
                    guard let token, !isFull || groups[token] != nil else { continue }
                    groups[token, default: []].append(
                        Value(position: position, code: code))
                }
            }
        }
    }

    /// `ln E` of a key.
    ///
    /// - Parameter key: A recipient's key.
    /// - Returns: The logarithm of the e-value; about 0 or below without the mark. Complexity: one
    ///   keyed hash a context.
    public func evidence(for key: WatermarkKey) -> Double {
        // Each value was marked in one of eight slots, if at all.
        let shares = (0..<7).map { pow(0.5, Double($0)) / Double(SlotLadder.sizes.count) }
        var sums = [Double](repeating: 0, count: shares.count)
        for (token, values) in groups {
            let (carrier, slot) = token.slot.quotientAndRemainder(
                dividingBy: SlotLadder.sizes.count)
            let bits = key.bits(token, domain: ladder.slots[carrier][slot].domain)
            let places = places[ladder.carriers[carrier]]
            var ratio = 0.0
            for value in values {
                let code = Int(value.code)
                ratio += Self.ratio(
                    place: places.position(in: code, bits: bits), value: Int(value.position),
                    in: places, code: code)
            }
            ratio /= Double(values.count)
            for index in shares.indices { sums[index] += log1p(shares[index] * (ratio - 1)) }
        }
        let top = sums.max() ?? 0
        let mean = sums.reduce(0) { $0 + exp($1 - top) } / Double(sums.count)
        return top + log(mean)
    }

    /// The likelihood ratio of a value.
    ///
    /// - Parameters:
    ///   - place: The position that the key names.
    ///   - value: The position that the value has.
    ///   - places: Where the column's values lie.
    ///   - code: The value's cell.
    static func ratio(place: Int, value: Int, in places: CellPlaces, code: Int) -> Double {
        let width = places.width(of: code)
        var sum = 0.0
        for divisor in [0, 1000, 100, 16, 6] {
            let reach = divisor == 0 ? 0 : width / divisor
            guard abs(place - value) <= reach else { continue }
            let ball = max(0, value - reach)...min(width - 1, value + reach)
            sum += 1 / places.probability(of: ball, in: code)
        }
        return sum / 5
    }
}
