// SPDX-License-Identifier: Apache-2.0

public import Streams

/// How a table is written down.
public struct TableFormat: Sendable, Equatable {
    /// The grammar of the file.
    public enum Kind: String, Sendable, Codable {
        /// Delimited text as RFC 4180 describes it.
        case csv
        /// One JSON object on each line.
        case jsonl
    }

    /// The grammar of the file.
    public let kind: Kind
    /// The byte between two fields of a CSV record.
    public let delimiter: UInt8
    /// The byte around a CSV field that holds delimiters, quotes or line ends.
    public let quote: UInt8
    /// The byte that makes the byte after it a plain character, in quotes or not; nil for none.
    ///
    /// Doubled quotes inside quotes are one quote all the same.
    public let escape: UInt8?
    /// The byte that begins a line which is no record; nil for none.
    public let comment: UInt8?
    /// Whether a CSV file begins with the names of its columns.
    ///
    /// Without a header the columns are the schema's fields, all of them and in its order.
    public let header: Bool

    /// How its texts are encoded; a byte order mark of UTF-16 is seen by itself.
    public let encoding: TextEncoding

    /// Comma-separated values with a header.
    public static let csv = TableFormat(.csv)
    /// JSON Lines.
    public static let jsonl = TableFormat(.jsonl)

    /// Describes a format.
    ///
    /// - Parameters:
    ///   - kind: The grammar of the file.
    ///   - delimiter: The byte between two fields.
    ///   - quote: The byte around a field.
    ///   - escape: The byte that makes the byte after it a plain character, or nil.
    ///   - comment: The byte that begins a line to skip, or nil.
    ///   - header: Whether the first record names the columns.
    ///   - encoding: How its texts are encoded.
    /// - Throws: `TableError` when two of the bytes are the same, or one is a line end, a NUL byte or
    ///   no ASCII character.
    public init(
        kind: Kind, delimiter: UInt8 = UInt8(ascii: ","), quote: UInt8 = UInt8(ascii: "\""),
        escape: UInt8? = nil, comment: UInt8? = nil, header: Bool = true,
        encoding: TextEncoding = .utf8
    ) throws(TableError) {
        let marks: [(String, UInt8?)] = [
            ("delimiter", delimiter), ("quote", quote), ("escape", escape), ("comment", comment),
        ]
        var seen: Set<UInt8> = []
        for case (let name, let byte?) in marks {
            guard byte > 0, byte < 0x80, byte != 0x0A, byte != 0x0D else {
                throw TableError(
                    .format, detail: "the \(name) must be one ASCII character, not a line end")
            }
            // An escape that is the quote is what doubling quotes does already.
            guard seen.insert(byte).inserted || (name == "escape" && byte == quote) else {
                throw TableError(
                    .format, detail: "delimiter, quote, escape and comment must differ")
            }
        }
        self.kind = kind
        self.delimiter = delimiter
        self.quote = quote
        self.escape = escape == quote ? nil : escape
        self.comment = comment
        self.header = header
        self.encoding = encoding
    }

    private init(_ kind: Kind) {
        self.kind = kind
        delimiter = UInt8(ascii: ",")
        quote = UInt8(ascii: "\"")
        escape = nil
        comment = nil
        header = true
        encoding = .utf8
    }
}

/// What becomes of records that are malformed or hold a refused value.
public enum BadRows: Sendable, Equatable {
    /// The first one ends the reading with an error.
    case refuse
    /// They are skipped and set aside in a file that its owner alone may read (mode 0600).
    ///
    /// The file has for each record one line `# file:line: reason`, then the record's bytes as
    /// they were and a line feed. It appears under its path when the last record was read, even
    /// if there was nothing to set aside.
    case quarantine(path: String)
}
