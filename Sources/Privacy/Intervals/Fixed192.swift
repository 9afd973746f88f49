// SPDX-License-Identifier: Apache-2.0

/// A fraction from 0 to just below 1 in 192 binary places, for sums too long for numbers of any size.
///
/// Products are rounded to a named side; nothing wraps: passing 1 stops the program.
struct Fixed192: Sendable, Hashable {
    var high: UInt64
    var middle: UInt64
    var low: UInt64

    static let zero = Fixed192(high: 0, middle: 0, low: 0)

    /// The 192 highest of the 384 places of the product: never above the product, and less than one unit
    /// of the last place below it.
    @inline(__always)
    func timesDown(_ other: Fixed192) -> Fixed192 {
        // Schoolbook columns from the lowest; a column of three 64-bit halves and a carry fits 128 bits.
        let ll = low.multipliedFullWidth(by: other.low)
        let lm = low.multipliedFullWidth(by: other.middle)
        let ml = middle.multipliedFullWidth(by: other.low)
        let lh = low.multipliedFullWidth(by: other.high)
        let hl = high.multipliedFullWidth(by: other.low)
        let mm = middle.multipliedFullWidth(by: other.middle)
        let mh = middle.multipliedFullWidth(by: other.high)
        let hm = high.multipliedFullWidth(by: other.middle)
        let hh = high.multipliedFullWidth(by: other.high)
        var column = UInt128(ll.high) + UInt128(lm.low) + UInt128(ml.low)
        column = column >> 64 + UInt128(lm.high) + UInt128(ml.high)
        column += UInt128(lh.low) + UInt128(hl.low) + UInt128(mm.low)
        column = column >> 64 + UInt128(lh.high) + UInt128(hl.high)
        column += UInt128(mm.high) + UInt128(mh.low) + UInt128(hm.low)
        let third = UInt64(truncatingIfNeeded: column)
        column = column >> 64 + UInt128(mh.high) + UInt128(hm.high) + UInt128(hh.low)
        let second = UInt64(truncatingIfNeeded: column)
        return Fixed192(high: hh.high + UInt64(column >> 64), middle: second, low: third)
    }

    /// The product rounded up, by at most one unit of the last place.
    @inline(__always)
    func timesUp(_ other: Fixed192) -> Fixed192 {
        var product = timesDown(other)
        product.increment()
        return product
    }

    /// Adds one unit of the last place.
    @inline(__always)
    mutating func increment() {
        let (sum, carry) = low.addingReportingOverflow(1)
        low = sum
        guard carry else { return }
        let (next, carried) = middle.addingReportingOverflow(1)
        middle = next
        if carried { high += 1 }
    }
}

/// A sum of fractions of 192 places, with a whole part of 64 bits.
struct FixedSum: Sendable, Hashable {
    private(set) var whole: UInt64 = 0
    private(set) var fraction = Fixed192.zero

    @inline(__always)
    static func += (sum: inout FixedSum, term: Fixed192) {
        let (low, first) = sum.fraction.low.addingReportingOverflow(term.low)
        let (partial, second) = sum.fraction.middle.addingReportingOverflow(term.middle)
        let (middle, third) = partial.addingReportingOverflow(first ? 1 : 0)
        // Of the two carries out of the middle at most one is set.
        let (part, fourth) = sum.fraction.high.addingReportingOverflow(term.high)
        let (high, fifth) = part.addingReportingOverflow(second || third ? 1 : 0)
        sum.fraction = Fixed192(high: high, middle: middle, low: low)
        if fourth || fifth { sum.whole += 1 }
    }
}
