// SPDX-License-Identifier: Apache-2.0

import Tables

/// A value of an open column as a number, before its domain is known.
///
/// Equal values have equal tokens. A number is its own token; a text is known by a keyed hash, so wide that
/// no two texts of any table that can be read are likely to share it, see `ThresholdPlan`.
struct Token: Equatable {
    /// What is counted.
    let key: UInt128

    /// No value, and a value that no domain can hold; below all other tokens.
    static let missing = Token(key: 0), other = Token(key: 1)
    /// Bits of a text's hash that tell it apart.
    static let hashBits = 127

    private static let bias: Int64 = 1 << 62
    private static let inexact: UInt64 = 1 << 63

    /// The token of a number.
    ///
    /// Numbers on a grid are within ±4·10¹⁸, so that the bias makes them positive.
    init(number: Int64, isExact: Bool) {
        key = UInt128(UInt64(number + Self.bias) | (isExact ? 0 : Self.inexact))
    }

    /// The token of a text.
    init(text: UnitHash) {
        key = (UInt128(text.high) << 64 | UInt128(text.low)) >> (128 - UInt128(Self.hashBits)) + 2
    }

    init(key: UInt128) { self.key = key }

    /// Whether it is neither missing nor other.
    var isValue: Bool { key > Token.other.key }

    /// The number of a number's token.
    var number: (value: Int64, isExact: Bool) {
        let word = UInt64(truncatingIfNeeded: key)
        return (Int64(word & ~Self.inexact) - Self.bias, word & Self.inexact == 0)
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
    /// For each open column its columns and whether its values are texts.
    let open: [(columns: Range<Int>, isText: Bool)]
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
        var open: [(columns: Range<Int>, isText: Bool)] = []
        for field in fields {
            if let domain = field.open {
                places.append(.token(column: next, open: open.count))
                open.append((next..<next + words[open.count], domain.hasTexts))
                next = open[open.count - 1].columns.upperBound
            } else {
                places.append(.code(column: column))
                column += 1
            }
        }
        self.places = places
        self.open = open
        sizes = schema.blockSizes(words: words)
    }

    /// The columns of a token, the most significant word first.
    func words(open: Int) -> [Int] { Array(self.open[open].columns) }

    /// Puts a token into a block.
    func set(_ token: Token, open: Int, row: Int, in block: inout CodeBlock) {
        var rest = token.key
        for column in self.open[open].columns.reversed() {
            block.set(Int(rest & 0xFFFF), column: column, row: row)
            rest >>= 16
        }
    }

    /// Takes a token out of a block.
    func token(open: Int, row: Int, in block: borrowing CodeBlock) -> Token {
        Token(
            key: self.open[open].columns.reduce(0) {
                $0 << 16 | UInt128(block.code(column: $1, row: row))
            })
    }
}
