// SPDX-License-Identifier: Apache-2.0

import CKernels

/// A hash table from short texts to codes that reads a field by two words.
///
/// A text of at most 16 bytes is its own key, padded with zeros; a longer one is known by its first
/// eight bytes, its last eight and its length, and compared in full when those agree. The multiplier
/// is searched for one under which no two keys collide, which small tables always find.
@safe
struct FieldKeys: Sendable {
    /// One place of the table; `semblance_slot` in C.
    private struct Slot {
        var low: UInt64 = 0
        var high: UInt64 = 0
        /// Length of the text, or -1 for a free place.
        var length: Int32 = -1
        var code: Int32 = 0
    }

    private var slots: [Slot]
    private var multiplier: UInt64
    private var shift: UInt64
    /// The texts longer than 16 bytes, with the place of each slot's text in `longBytes`.
    private var longBytes: [UInt8] = []
    private var longStarts: [Int32]

    /// Builds a table.
    ///
    /// - Parameter entries: Texts and codes; the first of equal texts counts.
    init(_ entries: [(text: [UInt8], code: Int)]) {
        var seen: Set<[UInt8]> = []
        let unique = entries.filter { seen.insert($0.text).inserted }
        var bits = 3
        while 1 << bits < unique.count * 2 { bits += 1 }
        slots = []
        longStarts = []
        multiplier = 0
        shift = 0
        let words = unique.map { Self.words($0.text) }
        let (best, width) = Self.multiplier(for: words, bits: bits)
        multiplier = best
        shift = UInt64(64 - width)
        slots = Array(repeating: Slot(), count: 1 << width)
        longStarts = Array(repeating: 0, count: 1 << width)
        for (index, entry) in unique.enumerated() {
            var place = Int(Self.hash(words[index], best) >> shift)
            while slots[place].length >= 0 { place = (place + 1) & (slots.count - 1) }
            slots[place] = Slot(
                low: words[index].low, high: words[index].high,
                length: Int32(entry.text.count), code: Int32(entry.code))
            if entry.text.count > 16 {
                longStarts[place] = Int32(longBytes.count)
                longBytes += entry.text
            }
        }
    }

    /// A multiplier without collisions, and the table's width in bits; for many keys, where none
    /// exists, any multiplier: probing copes.
    private static func multiplier(
        for words: [(low: UInt64, high: UInt64)], bits: Int
    ) -> (UInt64, Int) {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for width in bits...(bits + 3) where words.count <= 2_048 {
            var used = [Int32](repeating: -1, count: 1 << width)
            for attempt in 0..<Int32(64) {
                state = state &* 0xD134_2543_DE82_EF95 &+ 0x2545_F491_4F6C_DD1D
                let candidate = state | 1
                let isFree = words.allSatisfy { word in
                    let place = Int(hash(word, candidate) >> UInt64(64 - width))
                    defer { used[place] = attempt }
                    return used[place] != attempt
                }
                if isFree { return (candidate, width) }
            }
        }
        return (state | 1, bits + 1)
    }

    private static func words(_ text: [UInt8]) -> (low: UInt64, high: UInt64) {
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let high = text.count > 16 ? text.suffix(8) : text.dropFirst(8)
        return (word(text.prefix(8)), word(high))
    }

    @inline(__always)
    private static func hash(_ word: (low: UInt64, high: UInt64), _ multiplier: UInt64) -> UInt64 {
        var mixed = word.low ^ (word.high &* 0x9E37_79B9_7F4A_7C15)
        mixed ^= mixed >> 32
        return mixed &* multiplier
    }

    /// Looks fields up, one column of some records.
    ///
    /// - Parameters:
    ///   - places: Where the fields lie.
    ///   - rows: The records.
    ///   - codes: Gets the code of each; what it gets for a miss means nothing.
    ///   - misses: Gets the records whose text is not in the table.
    @inline(__always)
    @unsafe
    func encode<Code: FixedWidthInteger & UnsignedInteger>(
        _ places: FieldPlaces, rows: Int, into codes: UnsafeMutablePointer<Code>,
        misses: inout MissList
    ) {
        #if arch(x86_64)
            if Code.self == UInt8.self {
                unsafe encodeQuickly(
                    places, rows: rows, into: UnsafeMutableRawPointer(codes), &misses)
                return
            }
        #endif
        for row in 0..<rows {
            let (start, end) = unsafe places.bounds(row)
            // In bounds: a text buffer is padded.
            let code = unsafe lookup(UnsafeRawPointer(places.text + start), length: end &- start)
            unsafe codes[row] = Code(truncatingIfNeeded: code)
            if code < 0 { misses.append(row) }
        }
    }

    #if arch(x86_64)
        /// The common case in one loop without branches, and a closer look at what it misses: long texts,
        /// and those that share a place.
        @unsafe
        private func encodeQuickly(
            _ places: FieldPlaces, rows: Int, into codes: UnsafeMutableRawPointer,
            _ misses: inout MissList
        ) {
            let codes = unsafe codes.assumingMemoryBound(to: UInt8.self)
            // In bounds: the list has room for all rows, and slots are laid out alike.
            let missed = unsafe slots.withUnsafeBytes { slots in
                unsafe semblance_lookup(
                    places.text, places.starts, places.startStride, places.ends, places.endStride,
                    rows, slots.baseAddress?.assumingMemoryBound(to: semblance_slot.self),
                    multiplier, Int32(shift), codes, misses.storage)
            }
            misses.setCount(missed)
            var kept = 0
            for index in 0..<missed {
                let row = misses[index]
                let (start, end) = unsafe places.bounds(row)
                let code = unsafe lookup(
                    UnsafeRawPointer(places.text + start), length: end &- start)
                if code >= 0 {
                    unsafe codes[row] = UInt8(truncatingIfNeeded: code)
                } else {
                    misses.set(row, at: kept)
                    kept += 1
                }
            }
            misses.setCount(kept)
        }
    #endif

    /// The code of a field in a padded buffer, or -1.
    @inline(__always)
    @unsafe
    func lookup(_ text: UnsafeRawPointer, length: Int) -> Int32 {
        var low = unsafe text.loadUnaligned(as: UInt64.self)
        var high: UInt64
        if length <= 16 {
            let shortfall = UInt64(truncatingIfNeeded: 8 &* (8 &- length))
            // A shift by 64 or more gives 0, one by a negative number a shift the other way.
            low &= length >= 8 ? .max : UInt64.max >> shortfall
            high = unsafe text.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            high &= length <= 8 ? 0 : UInt64.max >> (shortfall &+ 64)
        } else {
            high = unsafe text.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
        }
        let last = slots.count &- 1
        var place = Int(truncatingIfNeeded: Self.hash((low, high), multiplier) >> shift)
        return unsafe slots.withUnsafeBufferPointer { slots in
            while true {
                let slot = unsafe slots[place]
                if slot.low == low, slot.high == high,
                    slot.length == Int32(truncatingIfNeeded: length),
                    length <= 16 || (unsafe isLong(text, length, place))
                {
                    return slot.code
                }
                if slot.length < 0 { return -1 }
                place = (place &+ 1) & last
            }
        }
    }

    /// Code of one text, or -1.
    func find(_ text: borrowing Span<UInt8>) -> Int {
        let bytes = text.indices.map { text[$0] }
        let words = Self.words(bytes)
        var place = Int(Self.hash(words, multiplier) >> shift)
        while slots[place].length >= 0 {
            let slot = slots[place]
            if slot.low == words.low, slot.high == words.high, Int(slot.length) == bytes.count {
                let start = Int(longStarts[place])
                if bytes.count <= 16
                    || longBytes[start..<start + bytes.count].elementsEqual(bytes)
                {
                    return Int(slot.code)
                }
            }
            place = (place + 1) & (slots.count - 1)
        }
        return -1
    }

    /// Whether a long text is the one of a place.
    @inline(never)
    @unsafe
    private func isLong(_ text: UnsafeRawPointer, _ length: Int, _ place: Int) -> Bool {
        let start = Int(longStarts[place])
        for offset in 8..<length - 8
        where unsafe text.load(fromByteOffset: offset, as: UInt8.self) != longBytes[start + offset]
        {
            return false
        }
        return true
    }
}

/// Rows of a column that the quick way could not encode, in a buffer that is made once.
@safe
struct MissList: ~Copyable {
    private let rows: UnsafeMutablePointer<Int32>
    private let capacity: Int
    private(set) var count = 0

    /// The memory, for a loop that fills it by itself.
    @unsafe var storage: UnsafeMutablePointer<Int32> { unsafe rows }

    /// Makes room.
    ///
    /// - Parameter capacity: The most rows.
    init(capacity: Int) {
        self.capacity = capacity
        // One more: the loop without branches writes before it counts.
        unsafe rows = .allocate(capacity: capacity + 1)
    }

    deinit { unsafe rows.deallocate() }

    @inline(__always)
    mutating func append(_ row: Int) {
        // In bounds: a row is noted once, and there are no more rows than capacity.
        unsafe rows[count] = Int32(truncatingIfNeeded: row)
        count &+= 1
    }

    mutating func removeAll() { count = 0 }

    /// Says how many rows a loop has filled in.
    mutating func setCount(_ count: Int) {
        precondition(count <= capacity)
        self.count = count
    }

    /// Changes a row that is noted.
    mutating func set(_ row: Int, at index: Int) {
        precondition(index < count)
        unsafe rows[index] = Int32(truncatingIfNeeded: row)
    }

    subscript(index: Int) -> Int {
        precondition(index < count)
        return unsafe Int(rows[index])
    }
}
