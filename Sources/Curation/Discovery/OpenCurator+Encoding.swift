// SPDX-License-Identifier: Apache-2.0

import Privacy
import Streams
public import Tables

extension OpenCurator {
    /// The same records, with codes in the place of tokens.
    ///
    /// A record's codes are those that reading it under the schema would give. Spends nothing: the schema is
    /// public, or made from what was released before, and each record is encoded on its own.
    ///
    /// - Parameter schema: The schema of the table with all its domains: `Schema.completed(with:)` of the one
    ///   that the table was read with.
    /// - Returns: The curator of the records.
    /// - Throws: `CurationError` where the schema is another table's, or the disk is full.
    /// - Complexity: O(records × attributes), in memory that does not grow with records.
    public consuming func encoded(by schema: Schema) throws(CurationError) -> Curator {
        guard schema.openAttributes.isEmpty, schema.measured.count == layout.places.count else {
            throw .query("the schema is not the completed one of the table")
        }
        let encoder = TokenEncoder(layout: layout, codecs: schema.codecs, hash: hash)
        do {
            return Curator(
                training: try training.encoded(by: encoder, workers: workers),
                holdout: try holdout.encoded(by: encoder, workers: workers), unitRows: unitRows,
                workers: workers, sketch: sketch, unitSizes: unitSizes)
        } catch {
            throw .stream(error)
        }
    }
}

/// From tokens to the codes of known domains.
struct TokenEncoder: Sendable {
    private let layout: TokenLayout
    private let codecs: [ColumnCodec]
    /// For each open column of texts the listed ones by their tokens.
    private let texts: [[UInt128: Int]]

    /// Cells of each attribute.
    var sizes: [Int] { codecs.map(\.cellCount) }

    init(layout: TokenLayout, codecs: [ColumnCodec], hash: KeyedHash) {
        self.layout = layout
        self.codecs = codecs
        var texts = [[UInt128: Int]](repeating: [:], count: layout.open.count)
        for (attribute, place) in layout.places.enumerated() {
            guard case .token(_, let open) = place, layout.open[open].isText else { continue }
            let own = TokenIntake.hash(hash, open: open)
            for text in codecs[attribute].listedTexts {
                let token = Token(text: own(text[...]))
                texts[open][token.key] = codecs[attribute].encode(text.span)
            }
        }
        self.texts = texts
    }

    /// Encodes the records of a block into another one, which is empty.
    func encode(_ block: borrowing CodeBlock, into target: inout CodeBlock) {
        for (attribute, place) in layout.places.enumerated() {
            switch place {
            case .code(let column):
                for row in 0..<block.rowCount {
                    target.set(
                        block.code(column: column, row: row), column: attribute, row: row)
                }
            case .token(_, let open):
                let codec = codecs[attribute]
                for row in 0..<block.rowCount {
                    let token = layout.token(open: open, row: row, in: block)
                    target.set(code(of: token, open: open, codec), column: attribute, row: row)
                }
            }
        }
        target.rowCount = block.rowCount
    }

    private func code(of token: Token, open: Int, _ codec: ColumnCodec) -> Int {
        if token == .missing { return codec.codeOfMissing }
        if token == .other { return codec.codeOfOther }
        guard layout.open[open].isText else {
            let (value, isExact) = token.number
            return codec.code(of: value, isExact: isExact)
        }
        return texts[open][token.key] ?? codec.codeOfOther
    }
}

extension CodeSpool {
    /// A spool of the same records under known domains.
    fileprivate func encoded(
        by encoder: TokenEncoder, workers: Int
    ) throws(StreamError) -> CodeSpool {
        let target = try sibling(sizes: encoder.sizes)
        try scan(workers: workers) { (block) throws(StreamError) in
            var codes = CodeBlock(layout: target.layout)
            encoder.encode(block, into: &codes)
            try target.append(codes)
        }
        return target
    }
}
