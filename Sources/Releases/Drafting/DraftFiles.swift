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
    /// Drafts of the columns that can be fields.
    let columns: [ColumnDraft]
    /// Columns that cannot: without a name, or members of JSON records that are rare or objects at times.
    private let omitted: Int
    private let discovers: Bool
    /// Where the files will be: relative paths inside them start from there.
    let folder: String

    init(
        name: String, tables: [String], sample: TableSample, folder: String, discovers: Bool
    ) {
        self.discovers = discovers
        self.name = name
        self.tables = tables
        self.sample = sample
        self.folder = folder
        let isNamedByRecords = sample.format.kind == .jsonl
        let least = min(ColumnDraft.leastRecords, sample.records - sample.faults)
        let fields = sample.columns.filter { column in
            // A member's name may be data: a name, a date. In few records it is about few people.
            let isRare = isNamedByRecords && column.occurrences < least
            return !isRare && !column.isContainerToo && !column.isUnnamed
        }
        columns = fields.map { ColumnDraft($0, discovers: discovers) }
        omitted = sample.columns.count - fields.count
    }

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
        parts.append(format.header ? "a header" : "no header")
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
        var lines = [
            "OWNER ONLY: what follows was read off real records.", "Table    \(dialect)",
            "Seen     \(Self.count(sample.records, "record")), \(seen)",
        ]
        if sample.faults > 0 {
            lines.append(
                "         malformed: \(sample.faults); source.quarantine sets such records aside")
        }
        lines += ["", "Columns"]
        let width = min(max(columns.map(\.name.count).max() ?? 0, 6), 30)
        for column in columns {
            var text: String
            switch column.fate {
            case .measured(let word): text = word
            case .identifier(false, let reason): text = "left out: \(reason)"
            case .identifier(true, let reason): text = "made up by a pattern: \(reason)"
            }
            if case .measured = column.fate {
                switch column.suggestion?.kind {
                case .quasi: text += "; quasi-identifier"
                case .sensitive: text += "; sensitive"
                default: break
                }
                if let item = column.suggestion?.hipaa { text += " (\(item))" }
            }
            for note in column.notes { text += "; \(note)" }
            lines.append("  " + Self.printable(column.name).padded(to: width) + "  " + text)
        }
        if omitted > 0 {
            lines.append(
                "  and \(omitted) more, which are left out: without a name, in few records, or objects "
                    + "at times")
        }
        return lines
    }

    /// A name without the control characters that a terminal would obey.
    private static func printable(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.map {
                    $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
                }))
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
    }

    /// What a person has to do before anything is released.
    var nextSteps: [String] {
        let names =
            sample.format.kind == .csv && sample.format.header
            ? "That the first record names the columns is a guess: look at the names first. " : ""
        return [
            "", "Before you plan",
            "  1. \(schemaName): \(names)Every field has \"unconfirmed\" with what was taken from the table. "
                + "Replace it by what is public knowledge, then remove \"unconfirmed\"."
                + (discovers
                    ? " Domains are left to \"discover\", which the release pays for."
                    : " A domain that nobody knows can be discovered under differential privacy: remove "
                        + "its enum, values, minimum, maximum, bins and edges, and write \"discover\": "
                        + "true into \"semblance\"; init --discover drafts it so."),
            "  2. release.yaml: set unit (whose privacy, and how many records of each may count) and ledger. "
                + "policy.yaml: set population.",
            "  3. semblance key new --directory \(folder)/keys --identity you@example.org",
            "  4. semblance plan \(folder)/release.yaml",
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
        let unit = unitColumn.map { ColumnDraft.quoted($0) } ?? "…"
        return """
            # A draft. What the table looked like: \(dialect).
            release: \(ColumnDraft.quoted(name))
            source: {\(source.joined(separator: ", "))}
            schema: \(ColumnDraft.quoted(schemaName))
            # Whose privacy? All records of one person, and at most how many of them: what you know, not the table.
            # unit: {column: \(unit), rows: 10}
            # Only if nobody has two records: unit: {rows: 1}
            privacy: {epsilon: 1.0, delta: 1e-9}   # in all: rows, utility figures and attack results
            synthesis: {method: auto}
            evidence: {share: 0.10, holdout: 0.20}
            \(discovery)recipient: {name: recipient, purpose: "say what for"}
            policy: policy.yaml
            # The one ledger of these people, for all releases and tables about them; of a team, a PostgreSQL URL:
            # ledger: ledger.sqlite
            signing: {key: keys/release_ed25519, identity: you@example.org}
            watermark: {key: keys/watermark.key}
            output: {path: out/, format: tar.gz, data: \(format.kind.rawValue)}

            """
    }

    /// The keys of a release that has domains to discover, or nothing.
    private var discovery: String {
        let asked = columns.map(\.discovery).filter(\.isAsked)
        guard !asked.isEmpty else { return "" }
        // Only thresholds of categories need a δ; a δ for nothing is refused.
        let delta = asked.contains(where: \.isOfCategories) ? ", delta: 1e-10" : ""
        return """
            # Of the budget above, what finding the domains out takes. 'plan' tells how many records a value must
            # have to be found: for rarer ones raise this share or epsilon, or lower unit.rows.
            discovery: {share: 0.20\(delta)}
            # No archive where less than this share of the values of any discovered column was found.
            gate: {min_found: 0.50}

            """
    }

    /// The policy.
    var policy: String {
        """
        # A draft. The privacy office decides what it says.
        policy: \(ColumnDraft.quoted(name))
        # The people whose budget this is: one name for all tables about them.
        # population: members
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
