// SPDX-License-Identifier: Apache-2.0

import Privacy
import Synthesis
import Tables

extension Plan {
    /// How good rows can be, before any record is read.
    public struct Forecast: Codable, Sendable {
        /// One pair of columns.
        public struct Pair: Codable, Sendable {
            /// The columns.
            public let columns: [String]
            /// The most cells it is measured over.
            public let cells: Int
            /// The noise's expected total variation error in what is measured.
            public let error: Double
        }

        /// Records of the table as somebody assumed; absent where nobody did, and with it the errors.
        public let records: Int?
        /// Records of the table from which columns, and pairs, are useful, by `ExpectedErrors`; pairs are
        /// absent where none is measured.
        public let columnsFrom: Int, pairsFrom: Int?
        /// Standard deviation of the noise in a cell of a pair that gets an equal share; absent as above.
        public let pairSigma: Double?
        /// The mean of the columns' errors, and of the pairs'.
        public let meanColumn: Double?, meanPair: Double?
        /// Every pair, the worst first.
        public let pairs: [Pair]?

        /// CPU seconds and MiB that fitting takes at most, about, at those records or 100,000; see `FitForecast`.
        public let fitSeconds: Double?, fitMiB: Int?
        /// Why the release would not be useful, or `nil`.
        public let warning: String?

        /// Forecasts.
        ///
        /// - Parameters:
        ///   - synthesis: How the budget is divided.
        ///   - prepared: The release.
        ///   - training: The share of records that are measured, above 0.
        ///   - records: Records of the table, as assumed.
        init(
            _ synthesis: SynthesisPlan, of prepared: PreparedRelease, training: Rational,
            records: Int?
        ) throws(NoiseError) {
            let share = Double(training, rounding: .down)
            func table(_ measured: Double) -> Int {
                Int(min((measured / share).rounded(.up), 1e15))
            }
            let least = try ExpectedErrors.leastRecords(synthesis)
            columnsFrom = table(least.columns)
            pairsFrom = least.pairs > 0 ? table(least.pairs) : nil
            pairSigma = least.pairs > 0 ? try synthesis.pairSigma() : nil
            self.records = records
            let fit = try FitForecast(
                synthesis, records: max(1, Double(records ?? 100_000) * share))
            fitSeconds = fit.seconds
            fitMiB = fit.mebibytes > 0 ? fit.mebibytes : nil
            guard let records else {
                (meanColumn, meanPair, pairs, warning) = (nil, nil, nil, nil)
                return
            }
            let errors = try ExpectedErrors(synthesis, records: Double(records) * share)
            let names = prepared.schema.attributeNames
            meanColumn = errors.meanColumn
            meanPair = errors.pairs.isEmpty ? nil : errors.meanPair
            pairs =
                errors.pairs.isEmpty
                ? nil
                : errors.pairs.sorted { $0.error > $1.error }.map { pair in
                    Pair(
                        columns: pair.attributes.map { names[$0] }, cells: pair.cells,
                        error: pair.error)
                }
            warning =
                Self.warning(
                    records: records, columns: names.count, epsilon: prepared.file.epsilon,
                    meanColumn: errors.meanColumn, columnsFrom: columnsFrom, pairsFrom: pairsFrom)
                ?? (prepared.file.rows == nil ? Self.shortage(prepared.schema, records) : nil)
        }

        /// What is to be said where an identifier's pattern has fewer values than there will be rows.
        private static func shortage(_ schema: Schema, _ records: Int) -> String? {
            for field in schema.fields {
                guard let pattern = field.pattern, pattern.capacity < UInt64(records) else {
                    continue
                }
                return
                    "the pattern of \(field.name) has only \(grouped(Int(pattern.capacity))) values, and no more rows "
                    + "than that are written; expected a longer pattern"
            }
            return nil
        }

        private static func warning(
            records: Int, columns: Int, epsilon: Rational, meanColumn: Double, columnsFrom: Int,
            pairsFrom: Int?
        ) -> String? {
            let table =
                "\(grouped(records)) records x \(columns) columns at ε = \(epsilon.reading())"
            let advice =
                "; expected more records, fewer columns, wider bins or a larger ε"
            if meanColumn > 2 * ExpectedErrors.usefulError {
                let percent = Int((100 * meanColumn).rounded())
                return
                    "\(table) is not useful: \(percent) % of an average column would be noise, 5 % takes "
                    + "about \(grouped(columnsFrom)) records" + advice
            }
            if let pairsFrom, records < pairsFrom {
                return
                    "\(table) gives columns only: what they have in common drowns in noise below "
                    + "about \(grouped(pairsFrom)) records" + advice
            }
            return nil
        }

        /// The forecast for a person, a line each.
        var lines: [String] {
            var lines = ["", "What to expect"]
            lines.append(
                "  columns within 5 % on average from about \(grouped(columnsFrom)) records on")
            if let pairsFrom, let pairSigma {
                lines.append(
                    "  pairs ±\(formatted(pairSigma, digits: 1)) in each cell; the strongest dependences show from "
                        + "about \(grouped(pairsFrom)) records on")
            }
            if let fitSeconds {
                let seconds = fitSeconds < 1 ? "1" : grouped(Int(min(fitSeconds, 1e9).rounded(.up)))
                lines.append(
                    "  fitting takes at most about \(seconds) CPU s"
                        + (fitMiB.map { " and \(grouped($0)) MiB" } ?? ""))
            }
            guard let records, let meanColumn else {
                lines.append(
                    "  for errors at a size of your table: plan --records N (never read from the table)"
                )
                return lines
            }
            lines.append("  at \(grouped(records)) records, as assumed:")
            lines.append(
                "    an average column is off by \(formatted(100 * meanColumn, digits: 1)) %")
            if let meanPair, let pairs {
                lines.append(
                    "    an average pair is measured with up to \(formatted(100 * meanPair, digits: 1)) % noise, "
                        + "of which the model takes a part out; the noisiest:")
                for pair in pairs.prefix(5) {
                    lines.append(
                        "      \(pair.columns.joined(separator: " x "))  up to \(grouped(pair.cells)) cells, "
                            + "\(formatted(100 * pair.error, digits: 1)) %")
                }
            }
            if let warning { lines.append("  WARNING  \(warning)") }
            return lines
        }
    }
}
