// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Streams
import Synthesis
import Tables
import Watermarking

/// Rows again from kept measurements: more of them, other ones, those that meet a condition, or a balanced table.
///
/// It opens no real records, charges no ledger and spends nothing: all it knows is noisy figures that were paid
/// for, and rows are post-processing of them.
public enum RowSynthesis {
    /// Writes rows.
    ///
    /// Without seed, count and condition, and with the release's recipient and key, they are the released table
    /// to the byte.
    ///
    /// - Parameters:
    ///   - request: What is asked.
    ///   - control: Stops the command, and says how many threads there are; rows are the same for any number.
    /// - Returns: What was written, for a person.
    /// - Throws: `ReleaseError`: `usage` for a condition or balance that is not understood, `dataInvalid` for
    ///   measurements that fail verification or give the condition no probability, and what writing says.
    public static func write(
        _ request: RowRequest, control: RunControl = RunControl()
    ) throws(ReleaseError) -> String {
        try control.begin("reading the measurements", charged: false)
        let kept = try MeasurementFile.read(
            request.measurements, trust: MeasurementFile.Trust(request.trust))
        let condition: Condition
        do {
            condition = try Condition(request.condition, schema: kept.schema)
        } catch {
            throw ReleaseError(.usage, error.description)
        }
        var balance: Balance?
        if let text = request.balance { balance = try Balance(text, schema: kept.schema) }
        var key: WatermarkKey?
        if let mark = request.mark {
            key = .derive(
                master: try KeyFiles.master(at: mark.key), release: kept.origin.release,
                recipient: mark.recipient)
        }
        // Begun now, it tells what would fail after a long run.
        let output = try Output(creating: request.output)
        try control.begin("fitting the model", charged: false)
        let rows = try rows(of: kept, condition, balance, request)
        try control.begin("writing \(rows.table.rowCount) rows", charged: false)
        let schema = try ValueShapes.schema(
            kept.schema, measurements: kept.measurements, fitted: rows.table.fitted)
        let text = TableText(
            table: rows.table, schema: schema, format: request.format,
            unitColumn: kept.origin.unitColumn, key: key)
        _ = try text.write(control: control) { try output.write($0) }
        try output.commit()
        return summary(of: rows, kept: kept, request: request)
    }

    /// A table and what is to be said of it.
    private struct Rows {
        let table: SyntheticTable
        /// The share of the population that meets the condition.
        let share: Double
        let noise: ConditionNoise
        let classes: [String]
    }

    private static func rows(
        of kept: MeasurementFile.Kept, _ condition: Condition, _ balance: Balance?,
        _ request: RowRequest
    ) throws(ReleaseError) -> Rows {
        let fitted: FittedSynthesizer
        let rules: ConstraintSet
        do {
            let constraints = try ConstraintSet(kept.schema)
            fitted = try kept.measurements.fit(keeping: constraints)
            rules = constraints
        } catch let error as SynthesisError {
            throw ReleaseError(error)
        } catch {
            throw ReleaseError(.dataInvalid, "measurements: \(error)")
        }
        let model: FittedSynthesizer
        let share: Double
        do {
            (model, share) = try fitted.conditioned(on: condition)
        } catch {
            throw ReleaseError(
                .dataInvalid,
                "no rows meet the condition: '\(request.condition)': the noisy counts give it no share; "
                    + "loosen it")
        }
        let count = request.rows ?? max(1, Int((Double(kept.origin.rows) * share).rounded()))
        try checkIdentifiers(kept.schema, rows: count)
        var table = SyntheticTable(
            fitted: model, codecs: kept.schema.codecs, seed: request.seed ?? kept.origin.seed,
            rowCount: count,
            grouping: kept.measurements.unitShares.map {
                UnitGrouping(
                    shares: $0, constant: kept.schema.unitConstants,
                    sizes: kept.measurements.sizes)
            }, constraints: rules
        ).pinning(condition.allowed.keys.sorted() + (balance.map { [$0.attribute] } ?? []))
        var classes: [String] = []
        if let balance {
            let (strata, lines) = try balance.strata(
                of: fitted, condition: condition, rowCount: count,
                codec: kept.schema.codecs[balance.attribute])
            table = table.balanced(strata)
            classes = lines
        }
        if !rules.isEmpty, !condition.allowed.isEmpty {
            try checkMet(condition, by: table, text: request.condition)
        }
        return Rows(
            table: table.readOnce(), share: share, noise: kept.measurements.noise(in: condition),
            classes: classes)
    }

    /// Refuses rows that could keep the schema's rules only by leaving the condition.
    private static func checkMet(
        _ condition: Condition, by table: SyntheticTable, text: String
    ) throws(ReleaseError) {
        var missed = 0
        table.forEachBlock { _, codes, count in
            for row in 0..<count {
                let isMet = condition.allowed.allSatisfy { attribute, cells in
                    cells.contains(Int(codes[attribute * count + row]))
                }
                if !isMet { missed += 1 }
            }
        }
        guard missed > 0 else { return }
        throw ReleaseError(
            .dataInvalid,
            "condition against rules: '\(text)': \(missed) of \(table.rowCount) rows can keep the schema's "
                + "constraints only by leaving it, expected none; say in the condition what the constraints ask for"
        )
    }

    /// Refuses more rows than an invented identifier has values for.
    private static func checkIdentifiers(_ schema: Schema, rows: Int) throws(ReleaseError) {
        for field in schema.fields {
            guard let capacity = field.pattern?.capacity, UInt64(rows) > capacity else { continue }
            throw ReleaseError(
                .usage,
                "too many rows: found \(rows), but the pattern of identifier '\(field.name)' has \(capacity) "
                    + "values; ask for fewer")
        }
    }

    private static func summary(
        of rows: Rows, kept: MeasurementFile.Kept, request: RowRequest
    ) -> String {
        let origin = kept.origin
        let place = request.output == "-" ? "standard output" : request.output
        var lines = [
            "WROTE \(rows.table.rowCount) rows to \(place)",
            "  measurements  \(request.measurements) of release \(origin.release), signed by \(kept.signer)",
            "  spent         nothing; they are paid for by ledger entry \(origin.ledgerSequence) of population "
                + origin.population,
            "  statement     ε = \(BudgetWords.reading(origin.epsilon)), "
                + "δ = \(BudgetWords.reading(origin.delta)), \(origin.unit); it covers these rows too",
            "  seed          \(rows.table.seed)",
        ]
        if let reused = kept.measurements.reused, !reused.isEmpty {
            lines.insert(
                "  follows too   \(reused.map(\.release).joined(separator: ", ")): for whoever never got those "
                    + "releases, their ε and δ add to the statement", at: 4)
        }
        let total = kept.measurements.total
        if !request.condition.isEmpty {
            lines.append(
                "  condition     \(request.condition): \(percent(rows.share)) of the population, noise "
                    + (rows.noise.isAtLeast ? "at least " : "")
                    + "±\(percent(rows.noise.deviation / total))")
        }
        lines += rows.classes.map { "  balanced      \($0), as asked" }
        let records = rows.share * total
        if records < 3 * rows.noise.deviation {
            lines.append(
                "  WARNING       about \(Int(records.rounded())) records meet the condition, and noise alone is "
                    + "±\(Int(rows.noise.deviation.rounded(.up))): these rows tell little; loosen it"
            )
        }
        return lines.joined(separator: "\n")
    }

    /// The output, which one thread at a time writes to, in the order of blocks.
    private final class Output: @unchecked Sendable {
        private var file: OutputFile?

        init(creating path: String) throws(ReleaseError) {
            do {
                file = try OutputFile(creating: path, mode: 0o644)
            } catch {
                throw ReleaseError(error)
            }
        }

        func write(_ text: borrowing Span<UInt8>) throws(StreamError) { try file?.write(text) }

        func commit() throws(ReleaseError) {
            do {
                if let file = file.take() { try file.commit() }
            } catch {
                throw ReleaseError(error)
            }
        }
    }
}

extension MeasurementFile.Trust {
    fileprivate init(_ trust: RowRequest.Trust) {
        switch trust {
        case .signers(let path, let identity): self = .signers(path: path, identity: identity)
        case .unsigned: self = .anyone
        }
    }
}
