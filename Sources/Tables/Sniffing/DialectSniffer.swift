// SPDX-License-Identifier: Apache-2.0

import Streams

/// Guesses the dialect of delimited text, after van den Burg, Nazábal and Sutton, "Wrangling messy CSV
/// files by detecting row and type patterns" (2019).
///
/// Every dialect that the text could have splits it, with the very scanner that will read it. The best
/// one is that whose records have the same number of fields, many rather than few, and whose fields look
/// like values rather than like text that still has delimiters in it.
struct DialectSniffer {
    /// Delimiters that are tried, the likelier ones first; the last one is Hive's.
    static let delimiters = Array(",;\t|^~\u{1}".utf8)

    private let text: [UInt8]
    /// Whether the text goes on behind these bytes.
    private let isCut: Bool
    private let encoding: TextEncoding

    /// Prepares.
    ///
    /// - Parameters:
    ///   - text: The beginning of a table, UTF-8.
    ///   - isCut: Whether the table goes on.
    ///   - encoding: How the file is encoded, for the format.
    init(_ text: [UInt8], isCut: Bool, encoding: TextEncoding) {
        self.text = text
        self.isCut = isCut
        self.encoding = encoding
    }

    /// The best dialect, its header included.
    ///
    /// - Complexity: O(dialects × bytes).
    func sniff() throws(TableError) -> TableFormat {
        var best: (score: Double, format: TableFormat)?
        for format in try candidates() {
            let records = SampleRecords(text, format: format, isCut: isCut)
            let score = Self.score(records)
            // The first of equals: delimiters come in the order of how common they are.
            if best.map({ score > $0.score * 1.000_001 }) ?? true { best = (score, format) }
        }
        guard let format = best?.format else { return .csv }
        let records = SampleRecords(text, format: format, isCut: isCut)
        guard !HeaderSniffer.hasHeader(records.rows) else { return format }
        return try format.with(header: false)
    }

    /// Dialects that the text gives reason to try.
    private func candidates() throws(TableError) -> [TableFormat] {
        let (quote, single) = (UInt8(ascii: "\""), UInt8(ascii: "'"))
        var quotes = [quote]
        if hasFieldStart(single) { quotes.append(single) }
        let hash = UInt8(ascii: "#")
        let comments: [UInt8?] = text.first == hash || follows(hash, 0x0A) ? [nil, hash] : [nil]
        var formats: [TableFormat] = []
        for delimiter in Self.delimiters where delimiter == 0x2C || text.contains(delimiter) {
            for quote in quotes {
                let escaped = follows(quote, UInt8(ascii: "\\"))
                for escape in escaped ? [nil, UInt8(ascii: "\\")] : [nil] {
                    for comment in comments {
                        formats.append(
                            try TableFormat(
                                kind: .csv, delimiter: delimiter, quote: quote, escape: escape,
                                comment: comment, encoding: encoding))
                    }
                }
            }
        }
        return formats
    }

    /// Whether a byte stands where a field begins, of any delimiter.
    private func hasFieldStart(_ byte: UInt8) -> Bool {
        text.first == byte || (Self.delimiters + [0x0A]).contains { follows(byte, $0) }
    }

    /// Whether one byte comes right behind another somewhere.
    private func follows(_ byte: UInt8, _ before: UInt8) -> Bool {
        zip(text, text.dropFirst()).contains { $0 == before && $1 == byte }
    }

    /// How well records fit: pattern score times type score times the share of well-formed records.
    static func score(_ records: SampleRecords) -> Double {
        guard !records.rows.isEmpty else { return 0 }
        var lengths: [Int: Int] = [:]
        var known = 0.0
        var cells = 0
        for row in records.rows {
            lengths[row.count, default: 0] += 1
            for cell in row { known += CellShape.plausibility(cell) }
            cells += row.count
        }
        var pattern = 0.0
        for (length, count) in lengths {
            // A record of one field shows that the delimiter is not one, but only a little.
            pattern += Double(count) * max(Double(length - 1), 0.001) / Double(length)
        }
        pattern /= Double(lengths.count)
        let wellFormed =
            Double(records.rows.count) / Double(records.rows.count + records.faults * 4)
        return pattern / Double(records.rows.count) * (known / Double(cells)) * wellFormed
    }
}

extension TableFormat {
    /// The same with or without a header.
    func with(header: Bool) throws(TableError) -> TableFormat {
        try TableFormat(
            kind: kind, delimiter: delimiter, quote: quote, escape: escape, comment: comment,
            header: header, encoding: encoding)
    }
}
