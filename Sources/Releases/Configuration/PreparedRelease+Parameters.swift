// SPDX-License-Identifier: Apache-2.0

import Governance
import Ledger
import Privacy
import Streams
import Synthesis
import Tables

extension PreparedRelease {
    /// Where the archive will be.
    var archivePath: String {
        let folder = file.resolve(file.outputFolder)
        return (folder.hasSuffix("/") ? folder : folder + "/") + file.name + ".tar.gz"
    }

    /// What the release may cost: all of its ρ, and the δ of its own mechanisms.
    var cost: PrivacyCost { PrivacyCost(rho, delta: discovery.delta) }

    /// The neighbouring relation with the privacy unit and its bound, as the ledger records it.
    var unit: String {
        file.unitColumn.map { "add or remove all records of one \($0), at most \(file.unitRows)" }
            ?? "add or remove one record"
    }

    /// Where the ledger and its anchor are: where the policy says, or else the release file.
    var ledgerPlace: LedgerPlace {
        let policyPath = file.resolve(file.policy)
        let policyFolder = policyPath.lastIndex(of: "/").map { policyPath[...$0] } ?? ""
        func besidePolicy(_ path: String) -> String {
            path.hasPrefix("/") || LedgerLocation.isURL(path) ? path : policyFolder + path
        }
        if let place = policy.ledger {
            return LedgerPlace(
                path: besidePolicy(place.path), anchor: place.anchor.map(besidePolicy))
        }
        // One of the two is there: a release file without a ledger is refused where the policy has none.
        return LedgerPlace(
            path: file.resolve(file.ledger?.path ?? ""),
            anchor: file.ledger?.anchor.map(file.resolve))
    }

    /// The synthesizer; `auto` of one column has nothing to decide.
    var method: SynthesisMethod { Self.method(of: file, columns: schema.measured.count) }

    static func method(of file: ReleaseFile, columns: Int) -> SynthesisMethod {
        file.method == .auto && columns < 2 ? .independent : file.method
    }

    /// Why that synthesizer, by public facts.
    var methodReason: String {
        guard file.method == .auto else { return "as the release file says" }
        guard let (chosen, reason) = Synthesizer.publicChoice(of: task) else {
            return "a mixture or a tree, as noisy errors of pairs will tell"
        }
        return (chosen == method ? "" : "\(chosen.rawValue): ") + reason
    }

    /// The public seed of row sampling.
    var seed: UInt64 {
        if let seed = file.seed { return seed }
        let digest = Files.sha256(Array(file.name.utf8))
        return UInt64(digest.prefix(16), radix: 16) ?? 0
    }

    /// Refuses more rows than the pattern of an identifier has values: none is ever written twice.
    func checkIdentifiers() throws(ReleaseError) {
        guard let rows = file.rows else { return }
        for field in schema.fields {
            guard let pattern = field.pattern, pattern.capacity < UInt64(rows) else { continue }
            throw ReleaseError(
                .configuration,
                "too few identifiers: column \(field.name) of \(file.schema): found a pattern of "
                    + "\(grouped(Int(pattern.capacity))) values, expected at least the \(grouped(rows)) rows of "
                    + "\(path); lengthen the pattern or lower 'rows'")
        }
    }

    /// The most rows for which every identifier has a value of its own.
    private var mostRows: Int {
        schema.identifierCapacity.map { Int(clamping: $0) } ?? Int.max
    }

    /// What is to be said where identifiers ran out.
    func rowWarnings(_ measurements: Measurements) -> [String] {
        guard file.rows == nil, rowCount(measurements) == mostRows,
            let shortest = schema.fields.first(where: {
                $0.pattern?.capacity == schema.identifierCapacity && $0.pattern != nil
            })?.name
        else { return [] }
        return [
            "No more than \(grouped(mostRows)) rows were written: the pattern of \(shortest) has no more "
                + "values; lengthen it."
        ]
    }

    /// How many records are written: as declared, or the noisy estimate for training and holdout, but no more
    /// than there are identifiers.
    func rowCount(_ measurements: Measurements) -> Int {
        if let rows = file.rows { return rows }
        let trained = 1 - Double(file.evidence?.holdout ?? Rational(0), rounding: .toNearestOrEven)
        return max(1, min(mostRows, Int(min(measurements.total / trained, 1e9).rounded())))
    }
}

extension ReleaseFile {
    /// How the source is written.
    var tableFormat: TableFormat {
        get throws(TableError) {
            try TableFormat(
                kind: source.format == "csv" ? .csv : .jsonl,
                delimiter: source.delimiter.utf8.first ?? UInt8(ascii: ","),
                quote: source.quote.utf8.first ?? UInt8(ascii: "\""),
                escape: source.escape?.utf8.first, comment: source.comment?.utf8.first,
                header: source.header, encoding: TextEncoding(rawValue: source.encoding) ?? .utf8)
        }
    }

    /// What becomes of malformed records.
    var badRows: BadRows {
        source.quarantine.map { .quarantine(path: resolve($0)) } ?? .refuse
    }
}
