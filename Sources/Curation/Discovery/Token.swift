// SPDX-License-Identifier: Apache-2.0

import Tables

/// A value of an open column as a number, before its domain is known.
///
/// Equal values have equal tokens. A number is its own token; a text is known by a keyed hash of 62 bits,
/// with 62 more to tell texts of one hash apart.
struct Token: Equatable {
    /// What is counted.
    let high: UInt64
    /// Further bits of a text's hash; 0 for other values.
    var low: UInt64 = 0

    /// No value, and a value that no domain can hold; below all other tokens.
    static let missing = Token(high: 0), other = Token(high: 1)
    /// Bits of a text's hash that tell it apart where it is counted.
    static let hashBits = 62

    private static let bias: Int64 = 1 << 62
    private static let inexact: UInt64 = 1 << 63

    /// The token of a number.
    ///
    /// Numbers on a grid are within ±4·10¹⁸, so that the bias makes them positive; exact ones stay below
    /// 2⁶³, which is what sparse counting takes.
    init(number: Int64, isExact: Bool) {
        high = UInt64(number + Self.bias) | (isExact ? 0 : Self.inexact)
    }

    /// The token of a text.
    init(text: UnitHash) {
        high = text.high >> 2 + 2
        low = text.low >> 2
    }

    init(high: UInt64, low: UInt64 = 0) {
        self.high = high
        self.low = low
    }

    /// Whether it is neither missing nor other.
    var isValue: Bool { high > Token.other.high }

    /// The number of a number's token.
    var number: (value: Int64, isExact: Bool) {
        (Int64(high & ~Self.inexact) - Self.bias, high & Self.inexact == 0)
    }
}

/// Where the tokens of open attributes lie among the columns of a spool.
struct TokenLayout: Sendable {
    /// How a measured attribute is held.
    enum Place: Sendable, Equatable {
        /// As the code of a declared domain, in a column.
        case code(column: Int)
        /// As a token, from a column on; which of the open columns it is.
        case token(column: Int, open: Int)
    }

    /// The attributes in the order of the schema.
    let places: [Place]
    /// For each open column its first column and whether its values are texts.
    let open: [(column: Int, isText: Bool)]
    /// Cells of each column.
    let sizes: [Int]

    /// Words of a number's token and of a text's.
    private static let numberWords = 4, textWords = 8

    init(_ schema: Schema) {
        let fields = schema.measured.map { schema.fields[$0] }
        let words = fields.compactMap(\.open).map {
            $0.hasTexts ? Self.textWords : Self.numberWords
        }
        var column = 0
        var next = fields.count { $0.open == nil }
        var places: [Place] = []
        var open: [(column: Int, isText: Bool)] = []
        for field in fields {
            if let domain = field.open {
                places.append(.token(column: next, open: open.count))
                open.append((next, domain.hasTexts))
                next += words[open.count - 1]
            } else {
                places.append(.code(column: column))
                column += 1
            }
        }
        self.places = places
        self.open = open
        sizes = schema.blockSizes(words: words)
    }

    /// The columns of the part of a token that is counted.
    func words(open: Int) -> [Int] {
        let first = self.open[open].column
        return Array(first..<first + 4)
    }

    /// Puts a token into a block.
    func set(_ token: Token, open: Int, row: Int, in block: inout CodeBlock) {
        let (first, isText) = self.open[open]
        for word in 0..<4 {
            let shift = UInt64(48 - 16 * word)
            block.set(Int(token.high >> shift & 0xFFFF), column: first + word, row: row)
            if isText {
                block.set(Int(token.low >> shift & 0xFFFF), column: first + 4 + word, row: row)
            }
        }
    }

    /// Takes a token out of a block.
    func token(open: Int, row: Int, in block: borrowing CodeBlock) -> Token {
        let (first, isText) = self.open[open]
        func word(_ start: Int) -> UInt64 {
            (start..<start + 4).reduce(0) { $0 << 16 | UInt64(block.code(column: $1, row: row)) }
        }
        return Token(high: word(first), low: isText ? word(first + 4) : 0)
    }
}
