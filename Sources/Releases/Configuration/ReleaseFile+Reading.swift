// SPDX-License-Identifier: Apache-2.0

public import Governance
import Privacy
import Streams
import Synthesis

extension ReleaseFile {
    /// The keys of a release file.
    private static let keys = [
        "release", "title", "source", "schema", "unit", "privacy", "synthesis", "evidence",
        "discovery", "gate", "recipient", "policy", "ledger", "type", "signing", "watermark",
        "output", "reuse",
    ]

    /// Reads a release file strictly: an unknown key, a missing one or a number out of range is an
    /// error that names file, line and key.
    ///
    /// - Parameters:
    ///   - text: The YAML text.
    ///   - path: The file's path; relative paths inside it start from its folder.
    /// - Throws: `ConfigurationError`.
    public init(text: String, path: String) throws(ConfigurationError) {
        let reader = try ConfigurationReader(text: text, file: path, keys: Self.keys)
        folder =
            path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) : ""
        name = try Self.readName(reader)
        title = try reader.string("title") ?? name
        source = try Self.readSource(reader)
        schema = try reader.requiredString("schema")
        (unitColumn, unitRows) = try Self.readUnit(reader)
        (epsilon, delta, accountant) = try Self.readPrivacy(reader)

        let synthesis = try reader.mapping(
            "synthesis", keys: ["method", "rows", "seed"] + SynthesisWishes.keys)
        let named = try synthesis?.string("method") ?? SynthesisMethod.auto.rawValue
        guard let method = SynthesisMethod(rawValue: named) else {
            throw reader.error(
                "synthesis",
                "unknown method, expected one of "
                    + SynthesisMethod.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self.method = method
        wishes = try SynthesisWishes(synthesis)
        rows = try synthesis?.integer("rows", in: 1...1_000_000_000)
        seed = try synthesis?.integer("seed", in: 0...Int.max).map { UInt64($0) }

        evidence = try Self.readEvidence(reader)
        discovery = try Self.readDiscovery(reader)
        (gate, allowsInconclusive) = try Self.readGate(reader)
        recipient = try Self.readRecipient(reader)
        reuse = try Self.readReuse(reader)
        policy = try reader.requiredString("policy")
        ledger = try LedgerPlace(in: reader)
        type = try reader.string("type")

        guard let signing = try reader.mapping("signing", keys: ["key", "identity"]) else {
            throw reader.error(
                "signing", "missing, expected key and identity; make a key with 'semblance key new'"
            )
        }
        signingKey = try signing.requiredString("key")
        signer = try signing.requiredString("identity")
        let watermark = try reader.mapping("watermark", keys: ["key"])
        watermarkKey = try watermark?.requiredString("key")

        let output = try reader.mapping("output", keys: ["path", "format", "data"])
        outputFolder = try output?.string("path") ?? "."
        dataFormat = try output?.string("data") ?? "csv"
        let container = try output?.string("format") ?? "tar.gz"
        guard ["csv", "jsonl"].contains(dataFormat) else {
            throw reader.error("output", "unknown data format, expected csv or jsonl")
        }
        guard container == "tar.gz" else {
            throw reader.error("output", "unknown archive format, expected tar.gz")
        }
    }

    private static func readName(_ reader: ConfigurationReader) throws(ConfigurationError)
        -> String
    {
        let name = try reader.requiredString("release")
        guard isName(name) else { throw reader.error("release", nameRule) }
        return name
    }

    /// What a release's name must be, for messages.
    static let nameRule =
        "not a file name, expected up to 80 of A-Z a-z 0-9 - _ . and a letter first"

    /// Whether a text may name a release, and so its files.
    static func isName(_ name: String) -> Bool {
        let allowed = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        return allowed && !name.isEmpty && name.utf8.count <= 80 && !name.hasPrefix(".")
            && !name.hasPrefix("-")
    }

    private static func readSource(_ reader: ConfigurationReader) throws(ConfigurationError)
        -> Source
    {
        let keys = [
            "paths", "format", "delimiter", "quote", "escape", "comment", "header", "encoding",
            "quarantine",
        ]
        guard let source = try reader.mapping("source", keys: keys) else {
            throw reader.error("source", "missing, expected paths and format")
        }
        guard let paths = try source.strings("paths"), !paths.isEmpty else {
            throw reader.error("source", "no paths, expected files, globs or -")
        }
        let format = try source.string("format") ?? "csv"
        guard ["csv", "jsonl"].contains(format) else {
            throw reader.error("source", "unknown format, expected csv or jsonl")
        }
        var marks: [String: String] = [:]
        for key in ["delimiter", "quote", "escape", "comment"] {
            guard let mark = try source.string(key) else { continue }
            let isOne = mark.utf8.count == 1 && mark != "\n" && mark != "\r" && mark != "\0"
            guard isOne else { throw reader.error("source", "\(key) is not one ASCII character") }
            guard !marks.values.contains(mark) else {
                throw reader.error("source", "\(key) is the same as another mark; they must differ")
            }
            marks[key] = mark
        }
        let header = try source.boolean("header") ?? true
        let encoding = try source.string("encoding") ?? TextEncoding.utf8.rawValue
        guard TextEncoding(rawValue: encoding) != nil else {
            throw reader.error(
                "source",
                "unknown encoding, expected one of "
                    + TextEncoding.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard format == "csv" || (marks.isEmpty && header) else {
            throw reader.error(
                "source", "delimiter, quote, escape, comment and header are for csv; remove them")
        }
        let quarantine = try source.string("quarantine")
        return Source(
            paths: paths, format: format, delimiter: marks["delimiter"] ?? ",",
            quote: marks["quote"] ?? "\"", escape: marks["escape"], comment: marks["comment"],
            header: header, encoding: encoding, quarantine: quarantine)
    }

    private static func readUnit(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> (String?, Int) {
        guard let unit = try reader.mapping("unit", keys: ["column", "rows"]) else {
            throw reader.error(
                "unit",
                "missing, expected column and rows, or rows: 1 alone where each record is its own unit"
            )
        }
        let column = try unit.string("column")
        guard let rows = try unit.integer("rows", in: 1...1_000_000) else {
            throw reader.error("unit", "missing rows, expected the cap of records per privacy unit")
        }
        if column == nil, rows != 1 {
            throw reader.error("unit", "rows must be 1 where each record is its own privacy unit")
        }
        return (column, rows)
    }

    private static func readPrivacy(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> (Rational, Rational, Accountant) {
        guard let privacy = try reader.mapping("privacy", keys: ["epsilon", "delta", "accountant"])
        else {
            throw reader.error("privacy", "missing, expected epsilon and delta")
        }
        guard let epsilon = try privacy.rational("epsilon"), epsilon > Rational(0),
            epsilon <= Rational(1000)
        else {
            throw reader.error(
                "privacy", "epsilon is missing or out of range, expected above 0 and at most 1000")
        }
        guard let delta = try privacy.rational("delta"), delta > Rational(0), delta < Rational(1)
        else {
            throw reader.error("privacy", "delta is missing or not between 0 and 1")
        }
        let name = try privacy.string("accountant") ?? Accountant.zcdp.rawValue
        guard let accountant = Accountant(rawValue: name) else {
            throw reader.error("privacy", "unknown accountant, expected zcdp or exact")
        }
        return (epsilon, delta, accountant)
    }

    private static func readEvidence(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> Evidence? {
        if reader.isText("evidence") {
            let text = try reader.string("evidence")
            guard text == "off" || text == "false" else {
                throw reader.error("evidence", "expected off, or keys share, holdout and target")
            }
            return nil
        }
        guard let evidence = try reader.mapping("evidence", keys: ["share", "holdout", "target"])
        else {
            throw reader.error("evidence", "missing, expected share, holdout and target, or off")
        }
        let share = try evidence.rational("share") ?? Rational(numerator: 1, denominator: 10)
        let holdout = try evidence.rational("holdout") ?? Rational(numerator: 1, denominator: 10)
        guard share > Rational(0), share < Rational(1) else {
            throw reader.error("evidence", "share is not between 0 and 1")
        }
        guard holdout > Rational(0), holdout < Rational(numerator: 9, denominator: 10) else {
            throw reader.error("evidence", "holdout is not between 0 and 0.9")
        }
        let target = try evidence.string("target")
        return Evidence(share: share, holdout: holdout, target: target)
    }

    private static func readDiscovery(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> Discovery? {
        guard let discovery = try reader.mapping("discovery", keys: ["share", "delta"]) else {
            return nil
        }
        let share = try discovery.rational("share")
        let delta = try discovery.rational("delta")
        for (key, value) in [("share", share), ("delta", delta)] {
            guard let value, value <= 0 || value >= 1 else { continue }
            throw discovery.error(key, "\(key) is not between 0 and 1")
        }
        return Discovery(share: share, delta: delta)
    }

    private static func readGate(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> ([String: Rational], Bool) {
        guard let gate = try reader.mapping("gate", keys: knownThresholds + ["inconclusive"]) else {
            return ([:], false)
        }
        var thresholds: [String: Rational] = [:]
        for key in knownThresholds {
            guard let value = try gate.rational(key) else { continue }
            guard value >= Rational(0), value <= Rational(10) else {
                throw gate.error(key, "threshold is out of range")
            }
            thresholds[key] = value
        }
        let inconclusive = try gate.string("inconclusive") ?? "refuse"
        guard ["refuse", "allow"].contains(inconclusive) else {
            throw gate.error("inconclusive", "expected refuse or allow")
        }
        return (thresholds, inconclusive == "allow")
    }

    private static func readRecipient(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> Recipient {
        let keys = ["name", "purpose", "jurisdiction", "contract", "expires"]
        guard let recipient = try reader.mapping("recipient", keys: keys) else {
            throw reader.error("recipient", "missing, expected at least a name")
        }
        let value = Recipient(
            name: try recipient.requiredString("name"), purpose: try recipient.string("purpose"),
            jurisdiction: try recipient.string("jurisdiction"),
            contract: try recipient.string("contract"), expires: try recipient.string("expires"))
        if let expires = value.expires, !isDate(expires) {
            throw recipient.error("expires", "not a date, expected YYYY-MM-DD")
        }
        return value
    }

    /// Whether a text is a day of the Gregorian calendar, `YYYY-MM-DD`.
    private static func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.map(\.utf8.count) == [4, 2, 2],
            text.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }
}
