// SPDX-License-Identifier: Apache-2.0

/// Words in memory that grows but is kept, and does not move while it need not grow.
@safe
struct WordMemory: ~Copyable {
    /// The words.
    private(set) var base: UnsafeMutablePointer<UInt32>
    private var capacity = 1

    init() {
        unsafe base = .allocate(capacity: 1)
        unsafe base.initialize(to: 0)
    }

    deinit { unsafe base.deallocate() }

    /// Makes room; what was there is lost when there was too little.
    mutating func reserve(_ count: Int) {
        guard count > capacity else { return }
        unsafe base.deallocate()
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: 0, count: count)
        capacity = count
    }

    /// Sets a word.
    mutating func set(_ word: UInt32, at index: Int) {
        precondition(index < capacity)
        unsafe base[index] = word
    }
}

/// Offsets of the delimiters and line feeds of a piece of text, in memory that grows but is kept.
@safe
struct FieldPositions: ~Copyable {
    private var memory = WordMemory()
    private var cutStarts = WordMemory()
    /// Fields of whole records.
    private var count = 0
    /// What was found.
    private(set) var found = FieldIndex(
        count: 0, records: 0, feeds: 0, clean: false, returns: false)
    /// Whether the ends of records were moved before their carriage returns.
    private(set) var hasCutReturns = false

    /// The offsets; at -1 the one before the text.
    @unsafe var ends: UnsafePointer<UInt32> { unsafe UnsafePointer(memory.base + 1) }
    /// For each record the offset before its first byte, once returns are cut.
    @unsafe var recordStarts: UnsafePointer<UInt32> { unsafe UnsafePointer(cutStarts.base) }

    /// Indexes a text that begins at `TextBuffer.lead`, up to its last whole record.
    ///
    /// - Parameters:
    ///   - buffer: The text.
    ///   - end: Offset behind it.
    ///   - delimiter: The byte between two fields.
    ///   - quote: The byte around a field.
    /// - Returns: Where the last whole record ends, or nil when the text is not clean.
    mutating func fill(
        _ buffer: borrowing TextBuffer, to end: Int, delimiter: UInt8, quote: UInt8
    ) -> RecordBoundary? {
        memory.reserve(end - TextBuffer.lead + 16)
        memory.set(UInt32(TextBuffer.lead - 1), at: 0)
        hasCutReturns = false
        // In bounds: one offset a byte, and those that are written too much.
        found = unsafe buffer.index(
            to: end, delimiter: delimiter, quote: quote, into: memory.base + 1)
        guard found.clean else { return nil }
        count = found.count
        while count > 0, unsafe !buffer.isLineFeed(at: Int(ends[count - 1])) { count -= 1 }
        let next = count == 0 ? TextBuffer.lead : unsafe Int(ends[count - 1]) + 1
        return RecordBoundary(next: next, feeds: found.feeds - buffer.feeds(from: next, to: end))
    }

    /// How many records there are, or nil when not all of them have as many fields as the file has
    /// columns.
    func records(_ buffer: borrowing TextBuffer, columns: Int) -> Int? {
        guard found.clean, count == found.records * columns,
            isRegular(buffer, records: found.records, columns: columns)
        else { return nil }
        return found.records
    }

    /// Whether every `columns`-th offset, and so no other, is a line feed's.
    private func isRegular(_ buffer: borrowing TextBuffer, records: Int, columns: Int) -> Bool {
        guard columns > 0 else { return false }
        for record in 0..<records {
            let place = (record &+ 1) &* columns &- 1
            // In bounds: there are `records * columns` offsets.
            if unsafe !buffer.isLineFeed(at: Int(ends[place])) { return false }
        }
        return true
    }

    /// Moves the end of each record's last field before its carriage return.
    mutating func cutReturns(_ buffer: borrowing TextBuffer, columns: Int) {
        let records = count / columns
        cutStarts.reserve(records + 1)
        // In bounds as above; the memory has one element more in front.
        cutStarts.set(unsafe memory.base[0], at: 0)
        for record in 0..<records {
            let place = (record + 1) * columns
            let feed = unsafe memory.base[place]
            cutStarts.set(feed, at: record + 1)
            if unsafe buffer.base[Int(feed) - 1] == 0x0D { memory.set(feed - 1, at: place) }
        }
        hasCutReturns = true
    }
}
