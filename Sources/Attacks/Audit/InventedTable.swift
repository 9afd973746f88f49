// SPDX-License-Identifier: Apache-2.0

import Curation
import Glibc
import Privacy
import Streams
import Tables

/// Tables that experiments make up, in files that are gone as soon as they are read.
enum InventedTable {
    /// A record.
    ///
    /// - Parameters:
    ///   - unit: Whose it is.
    ///   - values: Its values, without commas and quotes.
    static func line(unit: Int, _ values: [String]) -> String {
        "u\(unit)," + values.joined(separator: ",") + "\n"
    }

    /// A schema whose first column names the privacy unit.
    ///
    /// - Parameter fields: The other fields, in JSON.
    static func schema(_ fields: [String]) throws(AuditError) -> Schema {
        let unit = #"{"name": "unit", "type": "string", "semblance": {"role": "identifier"}}"#
        let text = """
            {"fields": [\(([unit] + fields).joined(separator: ","))], "missingValues": [""]}
            """
        do {
            return try Schema(json: Array(text.utf8), name: "invented schema")
        } catch {
            throw .unusable(error.description)
        }
    }

    /// Writes records, and lends a reader of them.
    ///
    /// - Parameters:
    ///   - lines: The records.
    ///   - schema: Their schema.
    ///   - folder: Where the file is meanwhile.
    ///   - body: Curates them.
    /// - Returns: What the body returns.
    static func read<Records: ~Copyable>(
        _ lines: [String], schema: Schema, in folder: String,
        _ body: (consuming TableReader) throws(CurationError) -> Records
    ) throws(AuditError) -> Records {
        let header = "unit," + schema.attributeNames.joined(separator: ",") + "\n"
        let path = folder + "/invented-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).csv"
        do {
            var file = try AtomicFile(creating: path, replacing: false, mode: 0o600)
            try file.write(Array((header + lines.joined()).utf8))
            try file.commit()
        } catch {
            throw .stream(error)
        }
        defer { unsafe unlink(path) }
        let reader: TableReader
        do {
            reader = try TableReader(
                paths: [path], format: .csv, schema: schema, unitColumn: "unit", badRows: .refuse)
        } catch {
            throw .table(error)
        }
        do {
            return try body(reader)
        } catch {
            throw .curation(error)
        }
    }

    /// Has records curated whose domains are to be found out.
    ///
    /// - Parameters:
    ///   - lines: The records.
    ///   - schema: Their schema.
    ///   - unitRows: The cap of records per privacy unit.
    ///   - folder: Where temporary files are.
    static func open(
        _ lines: [String], schema: Schema, unitRows: Int, in folder: String
    ) throws(AuditError) -> OpenCurator {
        try read(lines, schema: schema, in: folder) { (reader) throws(CurationError) in
            try OpenCurator.curate(
                reader, schema: schema, unit: UnitRule(column: "unit", rows: unitRows),
                holdout: Rational(0), options: CurationOptions(temporaryDirectory: folder))
        }
    }
}
