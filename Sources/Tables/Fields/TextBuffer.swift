// SPDX-License-Identifier: Apache-2.0

/// Memory for the text of some records, with readable bytes before and behind it.
///
/// The loops that scan and encode read whole words, so they look up to 64 bytes beyond a field. The
/// padding makes that safe; what it holds does not matter. Offsets count from the first byte of the
/// memory, so text begins at `lead`.
@safe
struct TextBuffer: ~Copyable {
    /// Bytes before the text.
    static let lead = 64
    /// Bytes behind the text.
    static let tail = 80

    /// Texts of one byte that no record can have, for JSON values without a text: they begin here.
    static let absent = 8, isTrue = 10, isFalse = 12
    /// The bytes there; none begins a character of UTF-8.
    static let absentByte: UInt8 = 0xFF, trueByte: UInt8 = 0xFE, falseByte: UInt8 = 0xFD

    /// The memory: `lead + capacity + tail` bytes.
    private(set) var base: UnsafeMutablePointer<UInt8>
    /// Bytes that the text may have.
    private(set) var capacity: Int

    /// Allocates memory.
    ///
    /// - Parameter capacity: Bytes that the text may have.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe base = Self.allocate(capacity)
    }

    deinit { unsafe base.deallocate() }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
        let count = lead + capacity + tail
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
        unsafe memory.initialize(repeating: 0, count: count)
        unsafe memory[absent] = absentByte
        unsafe memory[isTrue] = trueByte
        unsafe memory[isFalse] = falseByte
        return unsafe memory
    }

    /// Offset behind the last byte that text may have.
    var limit: Int { Self.lead + capacity }

    /// Makes room and keeps the content.
    ///
    /// - Parameter capacity: Bytes that the text shall have room for.
    mutating func reserve(_ capacity: Int) {
        guard capacity > self.capacity else { return }
        let larger = unsafe Self.allocate(capacity)
        // In bounds: the old memory is the smaller one.
        unsafe larger.update(from: base, count: Self.lead + self.capacity)
        unsafe base.deallocate()
        unsafe base = larger
        self.capacity = capacity
    }

    /// Lends the bytes of a range of offsets.
    ///
    /// - Parameters:
    ///   - start: Offset of the first byte; with 0 a place in the span is an offset.
    ///   - end: Offset behind the last one.
    ///   - body: Gets the bytes.
    @inline(__always)
    func withSpan<Result: ~Copyable>(
        from start: Int = 0, to end: Int, _ body: (borrowing Span<UInt8>) -> Result
    ) -> Result {
        precondition(0 <= start && start <= end && end <= limit)
        let bytes = unsafe UnsafeBufferPointer(start: base + start, count: end - start)
        return body(unsafe Span(_unsafeElements: bytes))
    }

    /// Copies bytes in.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - offset: Where the first one goes; there must be room.
    mutating func copy(_ bytes: ArraySlice<UInt8>, to offset: Int) {
        precondition(offset >= Self.lead && offset + bytes.count <= limit + 1)
        unsafe bytes.withUnsafeBufferPointer { source in
            if let first = source.baseAddress {
                unsafe (base + offset).update(from: first, count: source.count)
            }
        }
    }

    /// A copy of the bytes of a range of offsets.
    func array(from start: Int, to end: Int) -> [UInt8] {
        precondition(0 <= start && start <= end && end <= limit)
        return unsafe Array(UnsafeBufferPointer(start: base + start, count: end - start))
    }
}

/// Where one column's fields lie in a text buffer.
///
/// Field `r` is `starts[r · stride] + 1 ..< ends[r · stride]`: a delimiter's offset is the end of one
/// field and one less than the start of the next, so an index of delimiters serves for both.
@unsafe
struct FieldPlaces {
    let text: UnsafePointer<UInt8>
    let starts: UnsafePointer<UInt32>
    /// Elements from one record's start to the next one's.
    let startStride: Int
    let ends: UnsafePointer<UInt32>
    let endStride: Int

    /// Bounds of a record's field.
    @inline(__always)
    func bounds(_ row: Int) -> (start: Int, end: Int) {
        unsafe (Int(starts[row &* startStride]) &+ 1, Int(ends[row &* endStride]))
    }
}
