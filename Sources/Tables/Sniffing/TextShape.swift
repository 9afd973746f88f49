// SPDX-License-Identifier: Apache-2.0

/// What all texts of a column have in common, place by place, for identifiers that are made up.
struct TextShape: Sendable {
    /// What stands at a place of all texts so far.
    private enum Place: Equatable {
        case literal(UInt8)
        case digits, upper, lower
    }

    private var places: [Place]?
    private var isBroken = false
    /// Whether each text was greater than the one before it, so that all are different.
    private(set) var isRising = true
    /// Whether all texts are UUIDs in lower case, and whether the digits of all pass the Luhn check.
    private var isUUID = true
    private var isLuhn = true
    private var last: [UInt8] = []

    /// Longer texts have no shape that is worth a pattern.
    private static let longest = 64

    mutating func add(_ text: [UInt8]) {
        if isRising, !last.isEmpty {
            isRising = (last.count, last.asOrdered) < (text.count, text.asOrdered)
        }
        last = text
        isUUID = isUUID && IdentifierForms.isUUID(text)
        isLuhn = isLuhn && IdentifierForms.passesLuhn(text)
        guard !isBroken else { return }
        guard text.count <= Self.longest, text.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            isBroken = true
            return
        }
        guard let known = places else {
            places = text.map { Place.literal($0) }
            return
        }
        guard known.count == text.count else {
            isBroken = true
            return
        }
        for (index, byte) in text.enumerated() {
            let place = known[index]
            if place == .literal(byte) { continue }
            let kind = Self.kind(byte)
            guard let kind else {
                isBroken = true
                return
            }
            if case .literal(let other) = place {
                guard Self.kind(other) == kind else {
                    isBroken = true
                    return
                }
                places?[index] = kind
            } else if place != kind {
                isBroken = true
                return
            }
        }
    }

    private static func kind(_ byte: UInt8) -> Place? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digits
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): .upper
        case UInt8(ascii: "a")...UInt8(ascii: "z"): .lower
        default: nil
        }
    }

    /// A pattern such as `M[0-9]{8}`, `{uuid}`, or `4[0-9]{14}{luhn}` where a check digit is the last; digits
    /// are taken to vary even where they did not.
    var pattern: String? {
        if isUUID, !last.isEmpty { return "{uuid}" }
        guard !isBroken, let places, !places.isEmpty else { return nil }
        var widened = places.map { place in
            if case .literal(let byte) = place, Self.kind(byte) == .digits { return Place.digits }
            return place
        }
        // With nothing that varies there would be one identifier only.
        guard widened.contains(where: { if case .literal = $0 { false } else { true } }) else {
            return nil
        }
        let isChecked = isLuhn && widened.last == .digits
        if isChecked { widened.removeLast() }
        var text = ""
        var index = 0
        while index < widened.count {
            var end = index
            while end < widened.count, widened[end] == widened[index] { end += 1 }
            let run = end - index
            let unit: String
            switch widened[index] {
            case .digits: unit = "[0-9]"
            case .upper: unit = "[A-Z]"
            case .lower: unit = "[a-z]"
            case .literal(let byte):
                let character = Character(Unicode.Scalar(byte))
                let isPlain = character.isLetter || character.isNumber || character == "-"
                unit = isPlain ? String(character) : "\\" + String(character)
            }
            text += run > 1 ? "\(unit){\(run)}" : unit
            index = end
        }
        return isChecked ? text + "{luhn}" : text
    }
}

extension [UInt8] {
    /// The bytes as something that `<` orders.
    fileprivate var asOrdered: String { String(decoding: self, as: UTF8.self) }
}
