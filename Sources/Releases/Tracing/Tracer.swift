// SPDX-License-Identifier: Apache-2.0

import Foundation
import Governance
import Tables
import Watermarking

/// What tracing a found table told.
public struct TraceReport: Sendable {
    /// One recipient's evidence.
    public struct Suspect: Sendable, Hashable {
        /// The release and the recipient that the copy was made for.
        public let release: String, recipient: String
        /// ln E: above the threshold the copy is this recipient's.
        public let evidence: Double
        /// Whether the evidence is above the threshold.
        public let isAccused: Bool
    }

    /// All recipients, strongest evidence first.
    public let suspects: [Suspect]
    /// Records read, distinct contexts compared, and columns of the schema that are still there.
    public let records: Int, contexts: Int, columns: [String]

    /// The report for a person.
    public var summary: String {
        var lines = [
            "Read \(records) records; columns found: "
                + (columns.isEmpty ? "none" : columns.joined(separator: ", ")),
            "Compared \(contexts) contexts; accused from ln E = "
                + "\(formatted(PlacementDetector.threshold, digits: 1)) "
                + "(false alarm below 1e-9 a recipient, whatever the table)",
        ]
        for suspect in suspects {
            lines.append(
                "  \(suspect.isAccused ? "ACCUSED " : "no trace")  \(suspect.recipient)  "
                    + "\(suspect.release)  ln E = \(formatted(suspect.evidence, digits: 1))")
        }
        if contexts == 0 {
            lines.append(
                "Nothing to compare: no column of numbers or dates in bins is left, so this mark cannot speak."
            )
        }
        lines.append(
            "A trace shows whose copy this is, not who leaked it. Values drawn anew inside their bins, "
                + "or a table synthesised from the copy, carry no mark.")
        return lines.joined(separator: "\n")
    }
}

/// Tells whose copy a found table is.
public enum Tracer {
    /// Records read at most; the evidence of fewer is overwhelming.
    private static let largestRecords = 200_000

    /// One copy that a table may be.
    private struct Copy {
        let release: String, recipient: String
        /// The schema that the release was written by.
        let schema: String
    }

    /// What was found by one schema.
    private struct Reading {
        let detector: PlacementDetector
        let records: Int
        let columns: [String]
    }

    /// Compares a table's values with the mark of each recipient.
    ///
    /// - Parameters:
    ///   - table: The found table: CSV, or JSON Lines where its name says so.
    ///   - schema: The schema of the releases that name none: best the `schema.json` of the archive, which
    ///     tells how values crowd inside bins.
    ///   - recipients: A YAML file with a list `recipients` of `release` and `name`, and perhaps `schema`, a
    ///     path beside that file.
    ///   - key: The watermark's master secret.
    /// - Returns: The evidence against each recipient. Reads the table once for each schema.
    /// - Throws: `ReleaseError`: `noInput`, `configuration` or `dataInvalid`.
    public static func trace(
        table: String, schema: String, recipients: String, key: String
    ) throws(ReleaseError) -> TraceReport {
        let master = try KeyFiles.master(at: key)
        let copies = try readRecipients(recipients, schema: schema)
        var readings: [String: Reading] = [:]
        for copy in copies where readings[copy.schema] == nil {
            readings[copy.schema] = try read(table, by: parsed(copy.schema))
        }
        let suspects = copies.compactMap { copy in
            readings[copy.schema].map { reading in
                let evidence = reading.detector.evidence(
                    for: .derive(
                        master: master, release: copy.release, recipient: copy.recipient))
                return TraceReport.Suspect(
                    release: copy.release, recipient: copy.recipient, evidence: evidence,
                    isAccused: evidence > PlacementDetector.threshold)
            }
        }
        // Schemas of one table's releases differ in shapes, seldom in columns.
        let fullest = readings.values.max { $0.detector.contextCount < $1.detector.contextCount }
        return TraceReport(
            suspects: suspects.sorted { $0.evidence > $1.evidence },
            records: fullest?.records ?? 0, contexts: fullest?.detector.contextCount ?? 0,
            columns: fullest?.columns ?? [])
    }

    private static func parsed(_ path: String) throws(ReleaseError) -> Schema {
        let bytes = try Files.read(path, what: "schema")
        let parsed: Schema
        do throws(SchemaError) {
            parsed = try Schema(json: bytes, name: path)
        } catch {
            throw ReleaseError(.configuration, error.description)
        }
        guard parsed.openAttributes.isEmpty else {
            throw ReleaseError(
                .configuration,
                "schema not complete: \(path): found domains to discover, expected those that the release "
                    + "discovered; name the schema.json of its archive")
        }
        return parsed
    }

    private static func read(
        _ table: String, by schema: Schema
    ) throws(ReleaseError) -> Reading {
        var detector = PlacementDetector(schema: schema)
        var records = 0
        do {
            let isLines = [".jsonl", ".ndjson", ".jsonl.gz"].contains { table.hasSuffix($0) }
            var reader = try FoundTableReader(
                path: table, format: isLines ? .jsonl : .csv, schema: schema)
            var block = FoundRecords(attributeCount: schema.measured.count)
            while records < largestRecords, !detector.isFull, try reader.next(into: &block) {
                records += block.rowCount
                detector.add(block)
            }
            return Reading(
                detector: detector, records: records, columns: reader.presentColumns)
        } catch {
            throw ReleaseError(error)
        }
    }

    private static func readRecipients(
        _ path: String, schema: String
    ) throws(ReleaseError) -> [Copy] {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let text = try Files.text(path, what: "recipients file")
        do throws(ConfigurationError) {
            let reader = try ConfigurationReader(text: text, file: path, keys: ["recipients"])
            guard
                let items = try reader.mappings(
                    "recipients", keys: ["release", "name", "schema"]),
                !items.isEmpty
            else {
                throw reader.error("recipients", "missing, expected a list of release and name")
            }
            var list: [Copy] = []
            for item in items {
                let own = try item.string("schema").map { $0.hasPrefix("/") ? $0 : folder + $0 }
                list.append(
                    Copy(
                        release: try item.requiredString("release"),
                        recipient: try item.requiredString("name"), schema: own ?? schema))
            }
            return list
        } catch {
            throw ReleaseError(error)
        }
    }
}
