// SPDX-License-Identifier: Apache-2.0

/// A distribution on [0, 1) by its quantiles: 32 pieces of equal mass, even inside.
///
/// Everything is whole numbers, so that 64 random bits make the same tick on every machine, and the bits
/// that make one can be counted exactly.
struct Quantiles: Sendable {
    static let pieces = 32
    private static let pieceBits: UInt64 = 5

    /// `pieces + 1` knots for each distribution, in units of 2⁻¹⁶, strictly ascending from 0 to 65,536.
    private var knots: [UInt32] = []

    /// Adds a distribution, and returns what it is called by.
    mutating func add(_ quantiles: [UInt32]) -> Int {
        precondition(quantiles.count == Self.pieces + 1)
        knots += quantiles
        return knots.count - quantiles.count
    }

    /// The tick among `count` that some bits choose.
    ///
    /// - Parameters:
    ///   - bits: 64 random bits.
    ///   - count: How many ticks divide [0, 1) evenly.
    ///   - shape: What `add` returned, or -1 for the uniform distribution.
    @inline(__always)
    func tick(_ bits: UInt64, of count: UInt64, shape: Int) -> UInt64 {
        guard shape >= 0 else { return bits.multipliedFullWidth(by: count).high }
        let piece = Int(bits >> (64 - Self.pieceBits))
        let low = UInt64(knots[shape + piece])
        let span = (UInt64(knots[shape + piece + 1]) - low) << 48
        let place = low << 48 + (bits << Self.pieceBits).multipliedFullWidth(by: span).high
        return place.multipliedFullWidth(by: count).high
    }

    /// How many of the 2⁶⁴ bit patterns choose a tick below one.
    func patterns(below tick: UInt64, of count: UInt64, shape: Int) -> UInt128 {
        guard tick > 0 else { return 0 }
        guard tick < count else { return 1 << 64 }
        // Places from `place` on have a tick of at least `tick`.
        let place = Self.quotient(tick, by: count)
        guard shape >= 0 else { return UInt128(place) }
        var piece = 0
        while piece + 1 < Self.pieces, UInt64(knots[shape + piece + 1]) << 48 <= place {
            piece += 1
        }
        let low = UInt64(knots[shape + piece])
        let span = (UInt64(knots[shape + piece + 1]) - low) << 48
        let rest = Self.quotient(place - low << 48, by: span)
        let within = (UInt128(rest) + (1 << UInt128(Self.pieceBits) - 1)) >> UInt128(Self.pieceBits)
        return UInt128(piece) << UInt128(64 - Self.pieceBits) + within
    }

    /// `dividend · 2⁶⁴ / divisor`, rounded up, of a dividend below the divisor.
    private static func quotient(_ dividend: UInt64, by divisor: UInt64) -> UInt64 {
        let (quotient, remainder) = divisor.dividingFullWidth((dividend, 0))
        return remainder > 0 ? quotient + 1 : quotient
    }
}
