// SPDX-License-Identifier: Apache-2.0

/// The values of an identifier pattern in one order: scrambled, or counting.
///
/// No value depends on a record, and the numbers below the pattern's capacity have different values.
struct IdentifierNumbering: Sendable {
    /// The characters of all places, one place after the other.
    private let characters: [UInt8]
    /// Index of each place's first character, and how many it has.
    private let places: [(first: Int, count: UInt64)]
    private let permutation: IndexPermutation
    private let seed: UInt64
    private let check: Int?
    private let counter: (number: IdentifierSequence, place: Int)?

    init(_ pattern: IdentifierPattern, seed: UInt64) {
        characters = Array(pattern.places.joined())
        var first = 0
        places = pattern.places.map { place in
            defer { first += place.count }
            return (first, UInt64(place.count))
        }
        permutation = IndexPermutation(size: pattern.capacity, seed: seed)
        self.seed = seed
        check = pattern.check
        counter = pattern.counter
    }

    /// Appends a value.
    ///
    /// - Parameters:
    ///   - index: Its number; values repeat from the pattern's capacity on.
    ///   - output: Where it is appended.
    func append(index: UInt64, to output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: places.count + 20))
        var span = output.mutableSpan
        var end = start
        write(index, into: &span, at: &end)
        output.removeLast(output.count - end)
    }

    /// Writes a value; the buffer has room for the pattern's longest one.
    ///
    /// - Parameters:
    ///   - index: Its number.
    ///   - output: The buffer.
    ///   - end: Where the value begins; moved behind it.
    func write(_ index: UInt64, into output: inout MutableSpan<UInt8>, at end: inout Int) {
        let start = end
        let index = index % permutation.size
        if let counter {
            for place in 0..<counter.place { put(place, &output, &end) }
            let before = end
            write(counter.number, at: index, &output, &end)
            let length = end - before
            for place in counter.place..<places.count { put(place, &output, &end) }
            if let check {
                let place = start + check + (check >= counter.place ? length : 0)
                Self.complete(&output, start, end, check: place)
            }
            return
        }
        scramble(index, &output, start)
        end = start + places.count
        if let check { Self.complete(&output, start, end, check: start + check) }
    }

    private func put(_ place: Int, _ output: inout MutableSpan<UInt8>, _ end: inout Int) {
        output[end] = characters[places[place].first]
        end += 1
    }

    private func write(
        _ sequence: IdentifierSequence, at index: UInt64, _ output: inout MutableSpan<UInt8>,
        _ end: inout Int
    ) {
        var rest = sequence.number(at: index)
        var length = 1
        var bound: UInt64 = 10
        while rest >= bound {
            length += 1
            bound *= 10
        }
        length = max(length, sequence.digits ?? 1)
        for place in (end..<(end + length)).reversed() {
            output[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        end += length
    }

    private func scramble(
        _ index: UInt64, _ output: inout MutableSpan<UInt8>, _ start: Int
    ) {
        var rest = permutation.image(of: index)
        // The number fills the last places; when the pattern has more values than numbers,
        // hashed digits fill the first ones, where they cannot make two values equal.
        var filler = IndexPermutation.mixed(rest ^ seed)
        var room = permutation.size - 1
        for place in places.indices.reversed() {
            let (first, base) = places[place]
            var digit: UInt64 = 0
            // Divisions by variables are what would take the time here.
            let isPower = base & (base - 1) == 0
            if base > 1, room > 0 {
                let shift = UInt64(base.trailingZeroBitCount)
                digit = isPower ? rest & (base - 1) : rest % base
                rest = isPower ? rest >> shift : rest / base
                room = isPower ? room >> shift : room / base
            } else if base > 1 {
                filler = IndexPermutation.mixed(filler &+ 0x9E37_79B9_7F4A_7C15)
                digit = isPower ? filler & (base - 1) : filler % base
            }
            output[start + place] = characters[first + Int(digit)]
        }
    }

    /// Puts the digit at `check` with which all digits pass the Luhn check.
    private static func complete(
        _ output: inout MutableSpan<UInt8>, _ start: Int, _ end: Int, check: Int
    ) {
        output[check] = UInt8(ascii: "0")
        var sum = 0
        var isDoubled = false
        var doublesCheck = false
        for place in (start..<end).reversed() {
            let digit = Int(output[place]) - 0x30
            guard (0...9).contains(digit) else { continue }
            if place == check { doublesCheck = isDoubled }
            sum += IdentifierForms.weighed(digit, isDoubled: isDoubled)
            isDoubled.toggle()
        }
        let needed = (10 - sum % 10) % 10
        let digit = (0...9).first {
            IdentifierForms.weighed($0, isDoubled: doublesCheck) == needed
        }
        output[check] = UInt8(ascii: "0") + UInt8(digit ?? 0)
    }
}

extension IdentifierPattern {
    /// Bytes of the longest value.
    var maximumLength: Int { places.count + (counter == nil ? 0 : 20) }
}

/// Forms that identifiers have in many tables.
enum IdentifierForms {
    /// What a digit adds to a Luhn sum; 0 to 9, a different one for each digit.
    static func weighed(_ digit: Int, isDoubled: Bool) -> Int {
        guard isDoubled else { return digit }
        return digit > 4 ? 2 * digit - 9 : 2 * digit
    }

    /// Whether a text has at least eight digits, and all its digits pass the check of ISO/IEC 7812-1.
    static func passesLuhn(_ text: [UInt8]) -> Bool {
        var sum = 0
        var count = 0
        for byte in text.reversed() where (0x30...0x39).contains(byte) {
            sum += weighed(Int(byte) - 0x30, isDoubled: count % 2 == 1)
            count += 1
        }
        return count >= 8 && sum % 10 == 0
    }

    /// Whether a text is a UUID in lower case.
    static func isUUID(_ text: [UInt8]) -> Bool {
        guard text.count == 36 else { return false }
        return text.indices.allSatisfy { index in
            [8, 13, 18, 23].contains(index)
                ? text[index] == UInt8(ascii: "-")
                : (0x30...0x39).contains(text[index]) || (0x61...0x66).contains(text[index])
        }
    }
}
