// SPDX-License-Identifier: Apache-2.0

import Foundation
import Governance
import Streams
import Tables

/// The texts of the drafts, and what is said about them.
struct DraftFiles {
    let name: String
    let tables: [String]
    let sample: TableSample
    let columns: [ColumnDraft]
    /// Where the files will be: relative paths inside them start from there.
    let folder: String

    var schemaName: String { "\(name).schema.json" }

    /// The column whose name says that it names the person, or nil.
    private var unitColumn: String? {
        columns.first { column in
            guard case .identifier = column.fate else { return false }
            return ColumnClass.namesUnit(column.name)
        }?.name
    }

    /// The dialect in words.
    var dialect: String {
        let format = sample.format
        var encoding = format.encoding.rawValue
        if sample.hasMark { encoding += " with a byte order mark" }
        guard format.kind == .csv else { return "JSON Lines, \(encoding)" }
        var parts = [
            "CSV", "delimiter \(Self.shown(format.delimiter))", "quote \(Self.shown(format.quote))",
        ]
        if let escape = format.escape { parts.append("escape \(Self.shown(escape))") }
        if let comment = format.comment { parts.append("comments from \(Self.shown(comment))") }
        parts.append(format.header ? "header" : "no header")
        return (parts + [encoding]).joined(separator: ", ")
    }

    private static func shown(_ byte: UInt8) -> String {
        switch byte {
        case 0x09: "tab"
        case 0x2C: "comma"
        case 0x3B: "semicolon"
        case 0x22: "\" (doubled)"
        case 0x01...0x1F: "byte \(byte)"
        default: String(UnicodeScalar(byte))
        }
    }

    /// What was found, for the owner's terminal; names of columns, never a value.
    var summary: [String] {
        let seen = sample.isWhole ? "the whole table" : "a sample"
        var lines = ["Table    \(dialect)", "Seen     \(sample.records) records, \(seen)"]
        if sample.faults > 0 {
            lines.append(
                "         \(sample.faults) of them are malformed; source.quarantine sets such "
                    + "records aside")
        }
        lines += ["", "Columns"]
        let width = min(max(columns.map(\.name.count).max() ?? 0, 6), 30)
        for column in columns {
            var text: String
            switch column.fate {
            case .measured(let word): text = word
            case .identifier(nil, let reason): text = "left out: \(reason)"
            case .identifier(_?, let reason): text = "made up by a pattern: \(reason)"
            }
            switch column.suggestion?.kind {
            case .quasi: text += "; quasi-identifier"
            case .sensitive: text += "; sensitive"
            default: break
            }
            if case .measured = column.fate, let item = column.suggestion?.hipaa {
                text += " (\(item))"
            }
            for note in column.notes { text += "; \(note)" }
            lines.append("  " + column.name.padded(to: width) + "  " + text)
        }
        return lines
    }

    /// What a person has to do before anything is released.
    var nextSteps: [String] {
        let count = columns.count { !$0.unconfirmed.isEmpty }
        let unit =
            unitColumn.map {
                "unit.column is \($0), judged by its name alone: make sure that it is the person."
            }
            ?? "No column names the person: set unit.column."
        return [
            "", "Before you plan",
            "  1. \(count) columns have \"unconfirmed\" in \(schemaName): values that were taken from the "
                + "table. Replace them by what is public knowledge, then remove \"unconfirmed\".",
            "  2. \(unit) Choose unit.rows from what you know, not from the table.",
            "  3. Read policy.yaml with your privacy office.",
            "  4. semblance key new --directory \(folder)/keys --identity you@example.org",
            "  5. semblance plan \(folder)/release.yaml",
            "These drafts hold values of real records: keep them where the table may be until then.",
        ]
    }

    /// The schema, a field a line.
    var schema: String {
        "{\n  \"missingValues\": [\"\"],\n  \"fields\": [\n    "
            + columns.map(\.json).joined(separator: ",\n    ") + "\n  ]\n}\n"
    }

    /// The release file.
    var release: String {
        let format = sample.format
        var source = [
            "paths: [\(sourcePaths.joined(separator: ", "))]", "format: \(format.kind.rawValue)",
        ]
        if format.kind == .csv {
            if format.delimiter != 0x2C {
                source.append("delimiter: \(Self.yaml(format.delimiter))")
            }
            if format.quote != 0x22 { source.append("quote: \(Self.yaml(format.quote))") }
            if let escape = format.escape { source.append("escape: \(Self.yaml(escape))") }
            if let comment = format.comment { source.append("comment: \(Self.yaml(comment))") }
            if !format.header { source.append("header: false") }
        }
        if format.encoding != .utf8 { source.append("encoding: \(format.encoding.rawValue)") }
        let unit =
            unitColumn.map { "{column: \(ColumnDraft.quoted($0)), rows: 10}" } ?? "{rows: 1}"
        let unitNote =
            unitColumn == nil
            ? "each record is its own unit: right only if nobody has two"
            : "all records of one person, at most 10 of them: choose the cap from what you know"
        return """
            # A draft. What the table looked like: \(dialect).
            release: \(name)
            source: {\(source.joined(separator: ", "))}
            schema: \(ColumnDraft.quoted(schemaName))
            unit: \(unit)   # \(unitNote)
            privacy: {epsilon: 1.0, delta: 1e-9}   # in all: rows, utility figures and attack results
            synthesis: {method: auto}
            evidence: {share: 0.10, holdout: 0.20}
            recipient: {name: recipient, purpose: "say what for"}
            policy: policy.yaml
            ledger: ledger.sqlite
            signing: {key: keys/release_ed25519, identity: you@example.org}
            watermark: {key: keys/watermark.key}
            output: {path: out/, format: tar.gz, data: \(format.kind.rawValue)}

            """
    }

    /// The policy.
    var policy: String {
        """
        # A draft. The privacy office decides what it says.
        policy: \(name)
        population: \(name)   # the people whose budget this is: one name for all tables about them
        cap: {epsilon: 6.0, delta: 1e-8}   # for life, all recipients together
        limits: {max_epsilon_per_release: 2.0, max_delta_per_release: 1e-8}
        evidence: {required: true, min_holdout: 0.05}

        """
    }

    /// The tables as the release file names them: relative paths start from its folder.
    private var sourcePaths: [String] {
        tables.map { path in
            guard path != "-", !path.hasPrefix("/") else { return ColumnDraft.quoted(path) }
            let isHere = folder == "." || folder.isEmpty
            let current = FileManager.default.currentDirectoryPath
            return ColumnDraft.quoted(isHere ? path : "\(current)/\(path)")
        }
    }

    private static func yaml(_ byte: UInt8) -> String {
        switch byte {
        case 0x09: "\"\\t\""
        case 0x01...0x1F: String(format: "\"\\x%02X\"", byte)
        default: ColumnDraft.quoted(String(UnicodeScalar(byte)))
        }
    }
}

extension String {
    /// The text with spaces behind it, at least `width` characters.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
