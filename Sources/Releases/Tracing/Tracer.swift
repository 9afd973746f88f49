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

    /// Compares a table's values with the mark of each recipient.
    ///
    /// - Parameters:
    ///   - table: The found table: CSV, or JSON Lines where its name says so.
    ///   - schema: The schema of the releases.
    ///   - recipients: A YAML file with a list `recipients` of `release` and `name`.
    ///   - key: The watermark's master secret.
    /// - Returns: The evidence against each recipient.
    /// - Throws: `ReleaseError`: `noInput`, `configuration` or `dataInvalid`.
    public static func trace(
        table: String, schema: String, recipients: String, key: String
    ) throws(ReleaseError) -> TraceReport {
        let master = try KeyFiles.master(at: key)
        let list = try readRecipients(recipients)
        let parsed: Schema
        do {
            parsed = try Schema(json: try Files.read(schema, what: "schema"), name: schema)
        } catch let error as SchemaError {
            throw ReleaseError(.configuration, error.description)
        } catch let error as ReleaseError {
            throw error
        } catch {
            throw ReleaseError(.software, "schema: \(error)")
        }
        guard parsed.openAttributes.isEmpty else {
            throw ReleaseError(
                .configuration,
                "schema not complete: \(schema): found domains to discover, expected those that the release "
                    + "discovered; name the schema.json of its archive")
        }
        var detector = PlacementDetector(schema: parsed)
        var records = 0
        var columns: [String] = []
        do {
            let isLines = [".jsonl", ".ndjson", ".jsonl.gz"].contains { table.hasSuffix($0) }
            var reader = try FoundTableReader(
                path: table, format: isLines ? .jsonl : .csv, schema: parsed)
            columns = reader.presentColumns
            var block = FoundRecords(attributeCount: parsed.measured.count)
            while records < largestRecords, !detector.isFull, try reader.next(into: &block) {
                records += block.rowCount
                detector.add(block)
            }
        } catch {
            throw ReleaseError(error)
        }
        let suspects = list.map { release, recipient in
            let evidence = detector.evidence(
                for: .derive(master: master, release: release, recipient: recipient))
            return TraceReport.Suspect(
                release: release, recipient: recipient, evidence: evidence,
                isAccused: evidence > PlacementDetector.threshold)
        }
        return TraceReport(
            suspects: suspects.sorted { $0.evidence > $1.evidence }, records: records,
            contexts: detector.contextCount, columns: columns)
    }

    private static func readRecipients(
        _ path: String
    ) throws(ReleaseError) -> [(release: String, recipient: String)] {
        let text = try Files.text(path, what: "recipients file")
        do throws(ConfigurationError) {
            let reader = try ConfigurationReader(text: text, file: path, keys: ["recipients"])
            guard
                let items = try reader.mappings("recipients", keys: ["release", "name"]),
                !items.isEmpty
            else {
                throw reader.error("recipients", "missing, expected a list of release and name")
            }
            var list: [(release: String, recipient: String)] = []
            for item in items {
                list.append(
                    (try item.requiredString("release"), try item.requiredString("name")))
            }
            return list
        } catch {
            throw ReleaseError(error)
        }
    }
}
