// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

/// A schema of several fields, each a JSON object.
func schema(
    _ first: String, _ second: String, _ more: String..., missing: String = #"["","NA"]"#
) throws(SchemaError) -> Schema {
    try schema(([first, second] + more).joined(separator: ","), missing: missing)
}

/// A text as JSON.
func jsonText(_ text: String) throws -> String {
    String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
}

/// A field of listed texts.
func listedField(
    _ name: String, _ values: [String], outside: String = "other"
) throws -> String {
    let list = try values.map { try jsonText($0) }.joined(separator: ",")
    let name = try jsonText(name)
    return #"{"name":\#(name),"type":"string","constraints":{"enum":[\#(list)]},"#
        + #""semblance":{"outside":"\#(outside)"}}"#
}

/// A field of a type with a domain.
func binnedField(
    _ name: String, _ type: String, _ domain: String, _ more: String = "", format: String? = nil
) -> String {
    let format = format.map { #""format":"\#($0)","# } ?? ""
    return #"{"name":"\#(name)","type":"\#(type)",\#(format)"#
        + #""semblance":{"domain":{\#(domain)}\#(more)}}"#
}

/// What a reader delivered, by the names of cells.
struct LabelledRecords: Equatable {
    var labels: [[String]] = []
    var keys: [[UInt8]] = []
}

/// Reads files to their end.
func delivered(
    _ paths: [String], _ format: TableFormat, _ schema: Schema, unit: String? = nil,
    badRows: BadRows = .refuse, capacity: Int = 64
) throws(TableError) -> LabelledRecords {
    let codecs = schema.codecs
    let found = try read(
        paths, schema, format: format, unit: unit, badRows: badRows, block: capacity)
    return LabelledRecords(
        labels: found.rows.map { row in row.indices.map { codecs[$0].label(row[$0]) } },
        keys: found.keys.map { Array($0.utf8) })
}

/// The error that an action ends in.
func tableError(_ action: () throws -> Void) throws -> TableError {
    try #require(#expect(throws: TableError.self, performing: action))
}

extension ColumnCodec {
    /// The cell of a text.
    func code(_ text: String) -> Int {
        let bytes = Array(text.utf8)
        return encode(bytes.span)
    }

    /// The name of a text's cell, or nil when it is refused.
    func label(of text: String) -> String? {
        let code = code(text)
        return code < 0 ? nil : label(code)
    }

    /// The text at a position of a cell.
    func text(_ code: Int, _ position: Int) -> String {
        var bytes: [UInt8] = []
        append(code: code, position: position, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The position of a text in a cell.
    func position(_ text: String, _ code: Int) -> Int? {
        let bytes = Array(text.utf8)
        return position(of: bytes.span, in: code)
    }
}

/// The codec of one field.
func fieldCodec(_ field: String, missing: String = #"["","NA"]"#) throws -> ColumnCodec {
    try #require(try schema(field, missing: missing).codecs.first)
}
