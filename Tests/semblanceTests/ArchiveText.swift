// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What of an archive may not depend on one person: everything but the numbers that charged mechanisms made.
///
/// Those are blanked where they are known to be, and nowhere else: labels, keys, rows, their order, categories, verdicts
/// and warnings stay.
enum ArchiveText {
    /// A member of an archive with its charged numbers blanked.
    ///
    /// - Parameters:
    ///   - name: The member's name below the archive's folder.
    ///   - text: Its text.
    /// - Returns: What has to be the same with and without a person.
    static func blanked(_ name: String, _ text: String) -> String {
        switch name {
        case "reports/report.html": report(text)
        case "audit/AUDIT.md": markdown(text)
        case "audit/audit.json": audit(text)
        case "datapackage.json":
            replacing(text, [#"("bytes" : )\d+"#, #"("hash" : "sha256:)[0-9a-f]{64}"#])
        case "data/data.csv": table(text)
        // Shapes of bins follow noisy counts, and are left out where they are all even.
        case "schema.json": text.replacing(#/,"shape":\[\[[-0-9,\[\]]*\]\]/#, with: "")
        // Of the outcome on the terminal the figures of utility and attacks.
        case "said": replacing(text, ["()\(number)  \\(\(number) to \(number)\\)"])
        // Hashes of other members, and random bits and signatures of them.
        case "SHA256SUMS": replacing(text, ["(?m)()^[0-9a-f]{64}"])
        case "SHA256SUMS.sig", "ledger/checkpoint.txt.sig": text.split(separator: "\n")[0] + ""
        case _ where name.hasPrefix("ledger/"):
            replacing(
                text,
                ["()[0-9a-f]{32,64}", #"()[A-Za-z0-9+/]{43}="#, #"("time":")[^"]+"#])
        default: text
        }
    }

    /// The report: figures and lines of the charts and tables of utility, attacks and columns.
    private static func report(_ text: String) -> String {
        var text = inside(text, from: "<h2>How good are the rows?</h2>", to: "<h2>Domains</h2>") {
            replacing(
                $0,
                [
                    // Value and interval; the threshold in the third cell stays.
                    "(<td class=\"n\">)\(number)(?=</td>\n<td class=\"n\">\(number) to )",
                    "(<td class=\"n\">)\(number) to \(number)(?=</td>)",
                    "(<line class=\"[a-z ]+\" x1=\")\(number)(?=\" y1)",
                    "( x2=\")\(number)(?=\" y2)", "(<circle [^>]* cx=\")\(number)(?=\")",
                    "(<text [^>]*>)\(number)(?=</text></?svg>|</text><text [^>]*anchor=\"end\">\(number)</text></svg>)",
                    #"((AUC|risk) )\#(number)(?=\))"#,
                ])
        }
        text = inside(text, from: "<h2>Columns</h2>", to: "<h2>What it cost</h2>") {
            replacing(
                $0,
                [
                    "(<rect class=\"bar\" [^>]* width=\")\(number)(?=\" height)",
                    "(<line class=\"tick\" x1=\")\(number)(?=\" y1)", "( x2=\")\(number)(?=\" y2)",
                    "(<text [^>]*>)\(number)(?= %</text>)",
                ])
        }
        text = replacing(text, ["(\(scored)</td><td>[^<]*, )\\d+(?= cells)"])
        return limits(text, from: "<h2>What this report does not say</h2>")
    }

    /// The audit document: the tables of utility and attacks, the estimate and its fit.
    private static func markdown(_ text: String) -> String {
        var text = inside(text, from: "## 7. Utility", to: "## 9. Trust") {
            replacing(
                $0,
                [
                    #"(?m)(^\| [^|]+ \| )\#(number)(?= \|)"#,
                    #"(\| )\#(number) to \#(number)(?= \|)"#, #"((AUC|risk) )\#(number)(?=\))"#,
                ])
        }
        text = inside(text, from: "## 5. Mechanism", to: "## 6. Processing") {
            replacing(
                $0,
                [
                    "(cells, )\(number)(?= steps)", "(about )\(number)(?= \\(noisy)",
                    "(standard error )\(number)",
                ])
        }
        text = replacing(text, ["(\(scored) \\|[^|]*, )\\d+(?= cells)"])
        text = replacing(text, [#"(Ledger entry \d+, hash `)[0-9a-f]{64}"#])
        return limits(text, from: "## 13. Limits")
    }

    /// The share in a warning.
    private static func limits(_ text: String, from start: String) -> String {
        inside(text, from: start, to: nil) { replacing($0, [#"(about )\d+(?= % of the values)"#]) }
    }

    /// The audit document for programs: its layout is that of sorted keys, one a line.
    private static func audit(_ text: String) -> String {
        replacing(
            text,
            [
                #"(?m)(^ *"(value|lower|upper|estimatedRecords|estimatedRecordsError)" : )-?[0-9.e-]+"#,
                #"("ledgerHash" : ")[0-9a-f]{64}"#, "(cells, )\(number)(?= steps)",
                #"(about )\d+(?= % of the values)"#, #"((AUC|risk) )\#(number)(?=\))"#,
                "(\"mechanism\" : \"[^\"]*, )\\d+(?= cells[^\"]*\",\\s*\"part\" : \"[^\"]*\",\\s*\"purpose\" : \"\(scored)\")",
            ])
    }

    /// A histogram with as many bins as the released rows have different scores.
    private static let scored = "downstream model, score histogram"

    /// Records are drawn from the noisy model; their number, header and values of categories are not.
    private static func table(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let names = lines.first.map { $0.split(separator: ",").map(String.init) } ?? []
        var summary = ["\(lines.count) lines: " + names.joined(separator: ",")]
        let records = lines.dropFirst().map { fields(String($0)) }
        for (index, name) in names.enumerated() {
            let values = Set(records.compactMap { $0.indices.contains(index) ? $0[index] : nil })
                // Whether one is missing, or none of the categories, follows a noisy count as well.
                .subtracting(["", "__other__"])
            // Of numbers and days the shape.
            let isName = name == "city" || name == "note"
            let told = isName ? values : Set(values.map { replacing($0, [#"()\d+"#]) })
            summary.append(name + ": " + told.sorted().joined(separator: "; "))
        }
        return summary.joined(separator: "\n")
    }

    private static func fields(_ line: String) -> [String] {
        var fields = [""]
        var isQuoted = false
        for character in line {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted {
                fields.append("")
            } else {
                fields[fields.count - 1].append(character)
            }
        }
        return fields
    }

    /// A number as documents write it.
    private static let number = "[-−]?[0-9][0-9\u{202F}.]*"

    /// Replaces what follows the first group of each pattern by a mark.
    private static func replacing(_ text: String, _ patterns: [String]) -> String {
        patterns.reduce(text) { text, pattern in
            text.replacingOccurrences(
                of: pattern, with: "$1#", options: .regularExpression)
        }
    }

    /// Changes a part of a text only; a text without that part is another text.
    private static func inside(
        _ text: String, from start: String, to end: String?, _ change: (String) -> String
    ) -> String {
        guard let first = text.range(of: start) else { return "without \(start)\n" + text }
        let last =
            end.flatMap { text.range(of: $0, range: first.upperBound..<text.endIndex) }?.lowerBound
            ?? text.endIndex
        return text[..<first.lowerBound] + change(String(text[first.lowerBound..<last]))
            + text[last...]
    }
}
