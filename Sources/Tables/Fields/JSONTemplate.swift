// SPDX-License-Identifier: Apache-2.0

import CKernels

/// The shape that records of a JSON Lines file have had so far: names in a fixed order, with the same
/// whitespace.
///
/// Records that a program wrote look alike. Where the next one has the same names in the same order (some may
/// be left out) and plain values, only its values are looked at. Everything else is left to
/// `JSONLinesScanner`, which is the reference: a template never takes a record that it would refuse.
@safe
struct JSONTemplate: ~Copyable {
    /// Bytes to compare a word at a time.
    private struct Literal {
        var words: [UInt64] = []
        var length = 0
        var lastMask: UInt64 = 0

        init(_ bytes: ArraySlice<UInt8>) {
            length = bytes.count
            for start in stride(from: 0, to: bytes.count, by: 8) {
                let part = bytes.dropFirst(start).prefix(8)
                words.append(part.reversed().reduce(0) { $0 << 8 | UInt64($1) })
                lastMask = part.count == 8 ? .max : (1 << UInt64(8 * part.count)) - 1
            }
        }

        /// Whether a padded text begins with the bytes.
        @inline(__always)
        @unsafe
        func begins(_ text: UnsafeMutablePointer<UInt8>) -> Bool {
            let text = UnsafeRawPointer(text)
            let last = words.count &- 1
            return unsafe words.withUnsafeBufferPointer { words in
                for index in 0..<last
                where unsafe text.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self)
                    != words[index]
                {
                    return false
                }
                let word = unsafe text.loadUnaligned(fromByteOffset: 8 &* last, as: UInt64.self)
                return unsafe word & lastMask == words[last]
            }
        }
    }

    /// A name with what stands before and behind it, up to its value.
    private struct Member {
        /// With the brace or the comma before it, as it stood in the record that was learned.
        var joint: Literal
        /// Behind a brace or a comma with the usual whitespace.
        var key: Literal
        var slot: Int
    }

    private var members: [Member] = []
    private var comma = Literal([0x2C])
    /// Wanted slots that the template has no member for.
    private var absentSlots: [Int] = []
    private let slotNames: [[UInt8]: Int]

    /// An empty template, which takes no record.
    init(slotNames: [String]) {
        self.slotNames = Dictionary(
            uniqueKeysWithValues: slotNames.enumerated().map { (Array($0.element.utf8), $0.offset) }
        )
    }

    /// Whether there is something to compare with.
    var isKnown: Bool { !members.isEmpty }

    /// Takes the shape of a record that the scanner has accepted.
    ///
    /// - Parameter record: The record's bytes; the template is empty afterwards when it has nested values,
    ///   escaped names or whitespace around it.
    mutating func learn(_ record: [UInt8]) {
        members = []
        let bytes = record.span
        var scanner = JSONScanner(from: 0, to: record.count)
        var slots: Set<Int> = []
        var begin = 0
        guard scanner.peek(bytes) == UInt8(ascii: "{") else { return }
        var learned: [Member] = []
        do throws(JSONFault) {
            scanner.index = 1
            repeat {
                scanner.skipWhitespace(bytes)
                let keyStart = scanner.index
                let name = try scanner.scanString(bytes)
                try scanner.scanColon(bytes)
                let valueStart = scanner.index
                let first = scanner.peek(bytes)
                guard !name.hasEscapes, first != UInt8(ascii: "{"), first != UInt8(ascii: "[")
                else { return }
                try scanner.skipValue(bytes)
                if learned.count == 1 { comma = Literal(record[begin..<keyStart]) }
                let slot = slotNames[Array(record[name.start..<name.end])] ?? -1
                if slot >= 0 { slots.insert(slot) }
                learned.append(
                    Member(
                        joint: Literal(record[begin..<valueStart]),
                        key: Literal(record[keyStart..<valueStart]), slot: slot))
                begin = scanner.index
            } while try !scanner.isLast(closing: UInt8(ascii: "}"), bytes)
        } catch {
            return
        }
        members = learned
        absentSlots = (0..<slotNames.count).filter { !slots.contains($0) }
    }

    /// Takes a record if it has the template's shape.
    ///
    /// - Parameters:
    ///   - text: The padded buffer; a line feed ends its text.
    ///   - start: Offset of the record.
    ///   - end: Offset behind the buffer's text.
    ///   - spare: Offset of free room behind it, as large as the text; moved on where a string with escapes
    ///     is decoded there.
    ///   - bounds: Gets two words a slot: the offset before the value's text, and the one behind it.
    /// - Returns: Offset of the next record, or 0 when the record has another shape.
    @inline(__always)
    @unsafe
    func take(
        _ text: UnsafeMutablePointer<UInt8>, from start: Int, end: Int, spare: inout Int,
        into bounds: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var place = start
        var index = 0
        let count = members.count
        for slot in absentSlots { unsafe Self.set(bounds, slot, TextBuffer.absent - 1, 1) }
        return unsafe members.withUnsafeBufferPointer { members in
            while true {
                // The name, with the brace or comma before it.
                if index < count, unsafe members[index].joint.begins(text + place) {
                    place &+= unsafe members[index].joint.length
                } else {
                    let mark =
                        index == 0 && place == start
                        ? unsafe text[place] == UInt8(ascii: "{") ? 1 : 0
                        : unsafe comma.begins(text + place) ? comma.length : 0
                    if mark == 0 || index == count { return 0 }
                    place &+= mark
                    // Names may be left out, not change places.
                    while unsafe !members[index].key.begins(text + place) {
                        unsafe Self.set(bounds, members[index].slot, TextBuffer.absent - 1, 1)
                        index &+= 1
                        if index == count { return 0 }
                    }
                    place &+= unsafe members[index].key.length
                }
                let slot = unsafe members[index].slot
                index &+= 1
                let next = unsafe value(text, place, slot, bounds, end, &spare)
                if next == 0 { return 0 }
                place = next
                if unsafe text[place] == UInt8(ascii: "}") { break }
            }
            while index < count {
                unsafe Self.set(bounds, members[index].slot, TextBuffer.absent - 1, 1)
                index &+= 1
            }
            if unsafe text[place &+ 1] == 0x0A { return place &+ 2 }
            return unsafe text[place &+ 1] == 0x0D && text[place &+ 2] == 0x0A ? place &+ 3 : 0
        }
    }

    /// Takes a string with escapes or characters that are not ASCII, as the scanner would.
    ///
    /// - Returns: The offset behind it, or 0 where it is malformed.
    @inline(never)
    @unsafe
    private func richString(
        _ text: UnsafeMutablePointer<UInt8>, _ start: Int, _ slot: Int,
        _ bounds: UnsafeMutablePointer<UInt32>, _ end: Int, _ spare: inout Int
    ) -> Int {
        let bytes = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: text, count: end))
        var scanner = JSONScanner(from: start, to: end)
        guard let range = try? scanner.scanString(bytes),
            UTF8Validity.firstFault(in: bytes, from: range.start, to: range.end) == nil
        else { return 0 }
        guard range.hasEscapes else {
            unsafe Self.set(bounds, slot, start, range.end - range.start)
            return scanner.index
        }
        var decoded: [UInt8] = []
        guard (try? JSONScanner.decode(range, in: bytes, into: &decoded)) != nil else { return 0 }
        // In bounds: decoding never makes a text longer, so the room suffices.
        unsafe decoded.withUnsafeBufferPointer { decoded in
            if let first = decoded.baseAddress {
                unsafe (text + spare).update(from: first, count: decoded.count)
            }
        }
        unsafe Self.set(bounds, slot, spare - 1, decoded.count)
        spare += decoded.count
        return scanner.index
    }

    /// Takes a value without an exponent.
    ///
    /// - Returns: The offset behind it, or 0.
    @inline(__always)
    @unsafe
    private func value(
        _ text: UnsafeMutablePointer<UInt8>, _ start: Int, _ slot: Int,
        _ bounds: UnsafeMutablePointer<UInt32>, _ end: Int, _ spare: inout Int
    ) -> Int {
        let first = unsafe text[start]
        if first == UInt8(ascii: "\"") {
            // In bounds: a line feed, which ends the text, stops the search.
            let length = unsafe Int(semblance_plain_string(text + start + 1))
            if length < 0 {
                return unsafe richString(text, start, slot, bounds, end, &spare)
            }
            unsafe Self.set(bounds, slot, start, length)
            return start &+ length &+ 2
        }
        if first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") < 10 {
            let length = unsafe Int(semblance_plain_number(text + start))
            if length == 0 { return 0 }
            unsafe Self.set(bounds, slot, start - 1, length)
            return start &+ length
        }
        let word = unsafe UnsafeRawPointer(text + start).loadUnaligned(as: UInt64.self)
        if word & 0xFFFF_FFFF == 0x6C6C_756E {  // null
            unsafe Self.set(bounds, slot, TextBuffer.absent - 1, 1)
            return start &+ 4
        }
        if word & 0xFFFF_FFFF == 0x6575_7274 {  // true
            unsafe Self.set(bounds, slot, TextBuffer.isTrue - 1, 1)
            return start &+ 4
        }
        if word & 0xFF_FFFF_FFFF == 0x65_736C_6166 {  // false
            unsafe Self.set(bounds, slot, TextBuffer.isFalse - 1, 1)
            return start &+ 5
        }
        return 0
    }

    /// Notes a value; nobody wants those of slot -1.
    @inline(__always)
    @unsafe
    private static func set(
        _ bounds: UnsafeMutablePointer<UInt32>, _ slot: Int, _ before: Int, _ length: Int
    ) {
        if slot < 0 { return }
        unsafe bounds[2 &* slot] = UInt32(truncatingIfNeeded: before)
        unsafe bounds[2 &* slot &+ 1] = UInt32(truncatingIfNeeded: before &+ 1 &+ length)
    }
}
