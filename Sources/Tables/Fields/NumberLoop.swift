// SPDX-License-Identifier: Apache-2.0

/// Encodes a column of plain decimal numbers without a branch that depends on a field.
///
/// The usual forms only: `[-] digits [. digits]` of at most eight digits. Columns of mixed lengths,
/// signs and decimals, which is what real ones are, then cost no more than even ones. Other fields are
/// left to `FixedPointWords` and `BinFinder`, which are its twins.
@safe
struct NumberLoop {
    /// 10 to the power 0...18 and then zeros, 32 in all, so that any five bits are an index.
    let powers: UnsafePointer<Int64>
    /// Decimals of the grid's unit.
    let decimals: Int
    /// The least value inside the bins, and the greatest one less that.
    let minimum: Int64
    let range: UInt64
    /// Values of one bucket differ by less than `1 << shift`.
    let shift: UInt64
    /// Code of the first bin of each bucket.
    let first: UnsafePointer<UInt16>
    /// First value of each bin, and behind them so many of the greatest integer that no step leads
    /// beyond.
    let starts: UnsafePointer<Int64>
    /// The most bins that begin inside a bucket; 0 where `first` has the code of each value.
    let steps: Int
    /// Values that have codes of their own, and the codes.
    let special: UnsafePointer<Int64>
    let specialCodes: UnsafePointer<UInt16>
    let specials: Int

    /// Encodes a column.
    ///
    /// - Parameters:
    ///   - places: Where the fields lie, in a padded buffer.
    ///   - rows: Which of them.
    ///   - codes: Gets the code of each; what it gets for a miss means nothing.
    ///   - misses: Gets the records whose field is of another form or outside the bins; room for one more
    ///     than `rows`.
    /// - Returns: How many misses there are.
    @inline(never)
    @unsafe
    func encode(
        _ places: FieldPlaces, rows: Range<Int>, into codes: UnsafeMutablePointer<UInt8>,
        misses: UnsafeMutablePointer<Int32>
    ) -> Int {
        // The loop is made three times, so that the usual ones have no loop inside.
        switch (steps, specials) {
        case (0, 0):
            unsafe loop(places, rows, codes, misses, steps: 0, specials: 0)
        case (1, 0):
            unsafe loop(places, rows, codes, misses, steps: 1, specials: 0)
        default:
            unsafe loop(places, rows, codes, misses, steps: steps, specials: specials)
        }
    }

    @inline(__always)
    @unsafe
    private func loop(
        _ places: FieldPlaces, _ rows: Range<Int>, _ codes: UnsafeMutablePointer<UInt8>,
        _ misses: UnsafeMutablePointer<Int32>, steps: Int, specials: Int
    ) -> Int {
        let text = unsafe UnsafeRawPointer(places.text)
        var start = unsafe places.starts + rows.lowerBound * places.startStride
        var end = unsafe places.ends + rows.lowerBound * places.endStride
        var missed = 0
        for row in rows {
            // In bounds: a text buffer is padded, and offsets are below 2³².
            let (value, odd) = unsafe number(
                text, from: Int(start.pointee) &+ 1, to: Int(end.pointee))
            unsafe start += places.startStride
            unsafe end += places.endStride
            let offset = UInt64(bitPattern: value &- minimum)
            let miss = odd | (offset > range ? 1 : 0)
            let bucket = miss != 0 ? 0 : offset &>> shift
            // In bounds: there is an entry for each bucket of the range.
            var code = unsafe Int(first[Int(truncatingIfNeeded: bucket)])
            for _ in 0..<steps { code &+= unsafe value >= starts[code &+ 1] ? 1 : 0 }
            for index in 0..<specials {
                code = unsafe value == special[index] ? Int(specialCodes[index]) : code
            }
            unsafe codes[row] = UInt8(truncatingIfNeeded: code)
            unsafe misses[missed] = Int32(truncatingIfNeeded: row)
            missed &+= miss
        }
        return missed
    }

    private static var ones: UInt64 { 0x0101_0101_0101_0101 }

    /// A number in units of the last decimal, and 1 where the text is of another form.
    @inline(__always)
    @unsafe
    private func number(
        _ text: UnsafeRawPointer, from start: Int, to end: Int
    ) -> (value: Int64, odd: Int) {
        let ones = Self.ones
        let sign = unsafe text.load(fromByteOffset: start, as: UInt8.self) == 0x2D ? 1 : 0
        let count = end &- start &- sign
        // The last eight bytes, and those before each of them.
        let bytes = unsafe text.loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self)
        let before = unsafe text.loadUnaligned(fromByteOffset: end &- 9, as: UInt64.self)
        // Only the field's own bytes, of which the last one is highest.
        let unused = UInt64(truncatingIfNeeded: 64 &- 8 &* min(count, 8))
        let own = UInt64.max &<< (unused & 63)
        // The top bit of each byte that is a point; exact in every byte.
        let other = bytes ^ (ones &* 0x2E)
        let points =
            ~(((other & (ones &* 0x7F)) &+ (ones &* 0x7F)) | other | (ones &* 0x7F)) & own
        let hasPoint = points != 0 ? 1 : 0
        // The digits before the point move up by one; more than one point leaves one behind.
        let moved = (points &<< 1) &- UInt64(truncatingIfNeeded: hasPoint)
        var word = (bytes & ~moved) | (before & moved)
        let digits = count &- hasPoint
        let fraction = points.leadingZeroBitCount &>> 3 & (0 &- hasPoint)
        let free = UInt64(truncatingIfNeeded: 64 &- 8 &* digits)
        word = (word ^ (ones &* 0x30)) & (UInt64.max &<< (free & 63))
        let isDigits = ((word &+ (ones &* 0x76)) | word) & (ones &* 0x80) == 0
        word = ((word &* 2_561) >> 8) & 0x00FF_00FF_00FF_00FF
        word = ((word &* 6_553_601) >> 16) & 0x0000_FFFF_0000_FFFF
        word = (word &* 42_949_672_960_001) >> 32
        let zeros = decimals &- fraction
        let scaled = Int64(bitPattern: word) &* (unsafe powers[zeros & 31])
        let negative = Int64(truncatingIfNeeded: sign)
        let value = (scaled ^ (0 &- negative)) &+ negative
        // One to eight digits, some on each side of a point, and no more decimals than the unit has.
        // Without a short cut, which would be a branch.
        var odd = UInt(bitPattern: digits &- 1) > 7 ? 1 : 0
        odd |= isDigits ? 0 : 1
        odd |= hasPoint & ((fraction < 1 ? 1 : 0) | (digits <= fraction ? 1 : 0))
        odd |= zeros < 0 ? 1 : 0
        return (value, odd)
    }
}
