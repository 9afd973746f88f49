// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Where the last whole record of some text ends.
struct RecordBoundary: Equatable {
    /// Offset behind its line feed; the offset of the text's first byte if no record is whole.
    var next: Int
    /// Line feeds up to there, in quotes or not.
    var feeds: Int
}

/// What an index of fields found out.
struct FieldIndex: Equatable {
    /// Delimiters and line feeds outside quotes.
    var count: Int
    /// Line feeds among them.
    var records: Int
    /// Line feeds in all, in quotes or not.
    var feeds: Int
    /// Whether quotes and line ends are where RFC 4180 wants them; if not, the rest means nothing.
    var clean: Bool
    /// Whether there are carriage returns outside quotes.
    var returns: Bool
}

extension TextBuffer {
    /// Finds the end of the last line, for text in which no line feed is quoted.
    ///
    /// - Parameter end: Offset behind the text.
    func lastLine(to end: Int) -> RecordBoundary {
        precondition(end <= limit)
        var next = end
        while next > Self.lead, unsafe base[next - 1] != 0x0A { next -= 1 }
        return RecordBoundary(next: next, feeds: feeds(from: Self.lead, to: next))
    }

    /// Counts the line feeds of a range of offsets.
    func feeds(from start: Int, to end: Int) -> Int {
        #if arch(x86_64)
            // In bounds as above.
            return unsafe semblance_feeds(base, start, end)
        #else
            return withSpan(to: end) { PortableScan.feeds($0, from: start) }
        #endif
    }

    /// Notes the offset of every delimiter and line feed outside quotes; the text begins at `lead`.
    ///
    /// - Parameters:
    ///   - end: Offset behind the text.
    ///   - delimiter: The byte between two fields.
    ///   - quote: The byte around a field.
    ///   - positions: Gets the offsets, ascending; has room for one a byte, and 8 more.
    @unsafe
    func index(
        to end: Int, delimiter: UInt8, quote: UInt8, into positions: UnsafeMutablePointer<UInt32>
    ) -> FieldIndex {
        precondition(end <= limit)
        #if arch(x86_64)
            // In bounds as above.
            let found = unsafe semblance_index_fields(
                base, Self.lead, end, delimiter, quote, positions)
            return FieldIndex(
                count: found.count, records: found.records, feeds: found.feeds,
                clean: found.clean, returns: found.returns)
        #else
            return withSpan(to: end) { text in
                unsafe PortableScan.index(
                    text, from: Self.lead, delimiter: delimiter, quote: quote, into: positions)
            }
        #endif
    }

    /// Whether a byte is a line feed.
    func isLineFeed(at offset: Int) -> Bool {
        precondition(offset >= 0 && offset < limit + Self.tail)
        return unsafe base[offset] == 0x0A
    }
}
