// SPDX-License-Identifier: Apache-2.0

/// The scans of `CKernels` in plain Swift, a byte at a time: what processors without SSE2 run, and what
/// tests compare the fast ones with.
enum PortableScan {
    /// Goes through delimited text and reports every delimiter and line feed outside quotes.
    private struct Machine {
        let delimiter: UInt8, quote: UInt8
        var isInside = false, afterStart = true, afterClose = false, afterReturn = false
        var isClean = true, hasReturns = false

        /// Takes a byte; whether it ends a field or a record.
        mutating func isStop(_ byte: UInt8) -> Bool {
            if afterReturn, byte != 0x0A { isClean = false }
            afterReturn = false
            let isEnd = byte == delimiter || byte == 0x0A
            if byte == quote {
                if !isInside, !afterStart, !afterClose { isClean = false }
                isInside.toggle()
                afterClose = !isInside
                afterStart = false
                return false
            }
            if afterClose, !isEnd, byte != 0x0D { isClean = false }
            afterClose = false
            guard !isInside else { return false }
            afterStart = isEnd
            if byte == 0x0D {
                afterReturn = true
                hasReturns = true
            }
            return isEnd
        }
    }

    /// The twin of `semblance_index_fields`.
    @unsafe
    static func index(
        _ text: borrowing Span<UInt8>, from start: Int, delimiter: UInt8, quote: UInt8,
        into positions: UnsafeMutablePointer<UInt32>
    ) -> FieldIndex {
        var machine = Machine(delimiter: delimiter, quote: quote)
        var found = FieldIndex(count: 0, records: 0, feeds: 0, clean: true, returns: false)
        for offset in start..<text.count {
            if text[offset] == 0x0A { found.feeds += 1 }
            guard machine.isStop(text[offset]) else { continue }
            unsafe positions[found.count] = UInt32(truncatingIfNeeded: offset)
            found.count += 1
            if text[offset] == 0x0A { found.records += 1 }
        }
        found.clean = machine.isClean
        found.returns = machine.hasReturns
        return found
    }

    /// The twin of `semblance_feeds`.
    static func feeds(_ text: borrowing Span<UInt8>, from start: Int) -> Int {
        var count = 0
        for offset in start..<text.count where text[offset] == 0x0A { count += 1 }
        return count
    }
}
