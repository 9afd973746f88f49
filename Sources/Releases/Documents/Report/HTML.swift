// SPDX-License-Identifier: Apache-2.0

import Privacy

/// Text made safe to stand in HTML or SVG, in an element or in a double-quoted attribute.
///
/// - Parameter text: Any text.
/// - Returns: The text with `&`, `<`, `>`, `"` and `'` replaced by character references.
func escaped(_ text: String) -> String {
    var output = ""
    output.reserveCapacity(text.utf8.count)
    for character in text.unicodeScalars {
        switch character {
        case "&": output += "&amp;"
        case "<": output += "&lt;"
        case ">": output += "&gt;"
        case "\"": output += "&quot;"
        case "'": output += "&#39;"
        default: output.unicodeScalars.append(character)
        }
    }
    return output
}

/// A number as it stands in a report: fixed digits, no exponent, a real minus sign.
///
/// - Parameters:
///   - value: The number.
///   - digits: Digits after the point, 0 to 9.
/// - Returns: The text, or an en dash where the value is not finite.
func formatted(_ value: Double, digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "–" }
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = (abs(value) * Double(scale)).rounded(.toNearestOrEven)
    guard scaled < 9e18 else { return "–" }
    let units = Int(scaled)
    var fraction = String(units % scale)
    while fraction.count < digits { fraction = "0" + fraction }
    let sign = value < 0 && units > 0 ? "−" : ""
    return sign + grouped(units / scale) + (digits > 0 ? "." + fraction : "")
}

/// A whole number with thin spaces between groups of three digits.
///
/// - Parameter value: The number.
/// - Returns: The text.
func grouped(_ value: Int) -> String {
    var digits = String(value.magnitude)
    guard digits.count > 4 else { return (value < 0 ? "−" : "") + digits }
    var groups: [Substring] = []
    while digits.count > 3 {
        groups.append(digits.suffix(3))
        digits.removeLast(3)
    }
    groups.append(digits[...])
    return (value < 0 ? "−" : "") + groups.reversed().joined(separator: "\u{202F}")
}

/// A small probability as people write it: `1e-9` for one over a billion.
///
/// - Parameter value: An exact number.
/// - Returns: Its decimal text, in powers of ten where at least three zeros would lead.
func scientific(_ value: Rational) -> String {
    let text = value.description
    guard text.hasPrefix("0.000") else { return text }
    let digits = text.dropFirst(2)
    let rest = digits.drop { $0 == "0" }
    guard let first = rest.first else { return text }
    let exponent = digits.count - rest.count + 1
    return rest.count == 1
        ? "\(first)e-\(exponent)" : "\(first).\(rest.dropFirst())e-\(exponent)"
}
