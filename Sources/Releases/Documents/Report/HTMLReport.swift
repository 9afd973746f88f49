// SPDX-License-Identifier: Apache-2.0

/// The report a manager opens: one HTML file with inline SVG, no script and no network.
///
/// It says the same as `audit.json` and nothing that is not in it, except the distributions of the
/// columns, which are noisy measurements beside the synthetic rows.
struct HTMLReport {
    /// One column's distribution.
    struct Distribution {
        let name: String
        let isOrdered: Bool
        let bars: [Charts.Bar]
    }

    let record: AuditRecord
    let distributions: [Distribution]

    /// The whole document.
    func render() -> String {
        let identity = record.identity
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(identity.title))</title>
            <style>
            \(ReportStyle.css)
            </style>
            </head>
            <body>
            \(heading)
            \(guarantee)
            \(findings)
            \(domains)
            \(columns)
            \(making)
            \(budget)
            \(hazards)
            \(limits)
            </body>
            </html>

            """
    }

    private var heading: String {
        let facts = [
            (
                "ε = " + BudgetWords.reading(record.guarantee.epsilon),
                "privacy loss of this release, in all"
            ),
            ("δ = " + BudgetWords.reading(record.guarantee.delta), "with unit: " + unitWords),
            (grouped(record.mechanism.rowsWritten), "synthetic records"),
            (gateWords, "release gate"),
        ]
        return """
            <h1>\(escaped(record.identity.title))</h1>
            <p class="lead">Synthetic data for \(escaped(record.purpose.recipient)). Release
            <code>\(escaped(record.identity.release))</code>, made \(escaped(record.identity.created))
            by \(escaped(record.identity.tool)).</p>
            <p>\(escaped(purposeWords))</p>
            <div class="facts">\(facts.map(Self.fact).joined())</div>
            """
    }

    private static func fact(_ value: String, _ label: String) -> String {
        "<div class=\"fact\"><b>\(escaped(value))</b><span>\(escaped(label))</span></div>"
    }

    private var unitWords: String {
        guard let column = record.data.unitColumn else { return "one record" }
        return "all records of one \(column), at most \(record.data.rowsPerUnit)"
    }

    private var purposeWords: String {
        var words = record.purpose.intendedUse.map { "Purpose: \($0)." } ?? "No purpose was stated."
        if let contract = record.purpose.contract { words += " Contract \(contract)." }
        if let expires = record.purpose.expires { words += " Permitted until \(expires)." }
        return words
    }

    private var gateWords: String {
        let verdicts = (record.utility + record.attacks).filter { $0.threshold != nil }
        if verdicts.isEmpty { return "no thresholds" }
        return verdicts.allSatisfy { $0.verdict == "pass" } ? "passed" : "see below"
    }

    private var guarantee: String {
        """
        <h2>What is guaranteed</h2>
        <p>\(escaped(record.guarantee.statement))</p>
        <h3>Not protected</h3>
        <ul>\(Self.items(record.guarantee.unprotected))</ul>
        """
    }

    private static func items(_ texts: [String]) -> String {
        texts.map { "<li>\(escaped($0))</li>" }.joined()
    }

    private var findings: String {
        let notes = record.notAssessed
        return """
            <h2>How good are the rows?</h2>
            \(section(record.utility, empty: "Utility was not assessed."))
            <h2>What can an attacker learn?</h2>
            \(section(record.attacks, empty: "Attacks were not assessed."))
            \(notes.isEmpty ? "" : "<ul class=\"key\">\(Self.items(notes))</ul>")
            """
    }

    private func section(_ findings: [AuditRecord.Finding], empty: String) -> String {
        guard !findings.isEmpty else { return "<p>\(empty)</p>" }
        let intervals = findings.compactMap { finding -> Charts.Interval? in
            guard let value = finding.value, let lower = finding.lower, let upper = finding.upper
            else { return nil }
            return Charts.Interval(
                label: finding.label, value: finding.informative == false ? nil : value,
                lower: lower, upper: upper, threshold: finding.threshold,
                passes: finding.verdict != "fail")
        }
        let chart = Charts.intervals(
            intervals, title: findings.map(\.label).joined(separator: ", "))
        let rows = findings.map { finding in
            let interval = finding.intervalWords(digits: 3) ?? "–"
            let align = finding.informative == false ? "" : " class=\"n\""
            return """
                <tr><td>\(escaped(finding.label))</td>
                <td\(align)>\(finding.valueWords(digits: 3) ?? "–")</td>
                <td class="n">\(interval)</td>
                <td class="n">\(finding.threshold.map { formatted($0, digits: 3) } ?? "–")</td>
                <td class="\(escaped(finding.verdict))">\(escaped(finding.verdict))</td></tr>
                """
        }
        return """
            <div class="scroll">\(intervals.isEmpty ? "" : chart)</div>
            <p class="key">Dot and line: estimate and 99% interval, from noisy answers paid for out of
            this release's own budget. A line without a dot: \(AuditRecord.Finding.cannotTell). Dashed: the
            threshold of the gate.</p>
            <div class="scroll"><table><tr><th>Figure</th><th class="n">Value</th>
            <th class="n">99% interval</th><th class="n">Threshold</th><th>Verdict</th></tr>
            \(rows.joined())</table></div>
            """
    }

    private var columns: String {
        let charts = distributions.map { distribution in
            "<div><h3>\(escaped(distribution.name))</h3>"
                + Charts.distribution(
                    distribution.bars, ordered: distribution.isOrdered,
                    title: "Distribution of \(distribution.name)") + "</div>"
        }
        return """
            <h2>Columns</h2>
            <p class="key">Blue: share of the synthetic records. Orange tick: the noisy measurement that
            they were made from. Neither is an exact figure of the real table.</p>
            <div class="columns">\(charts.joined(separator: "\n"))</div>
            """
    }

    /// What was discovered, or nothing where all domains are declared.
    private var domains: String {
        guard let discovery = record.data.discovery else { return "" }
        let rows = discovery.map {
            """
            <tr><td>\(escaped($0.column))</td><td>\(escaped($0.kind))</td><td>\(escaped($0.found))</td>
            <td class="n">\($0.threshold.map(grouped) ?? "–")</td><td class="n">\(escaped(BudgetWords.reading($0.rho)))</td>
            <td class="n">\(escaped(BudgetWords.reading($0.delta ?? "0")))</td></tr>
            """
        }
        return """
            <h2>Domains</h2>
            <p class="key">\(escaped(record.data.domainSource)) A category, or the range at an edge, had to
            reach the threshold with noise; everything else is among the other values.</p>
            <div class="scroll"><table><tr><th>Column</th><th>Asked</th><th>Found</th>
            <th class="n">Threshold</th><th class="n">ρ</th><th class="n">δ</th></tr>
            \(rows.joined())</table></div>
            """
    }

    private var budget: String {
        let accounting = record.accounting
        let rows = accounting.charges.map {
            """
            <tr><td>\(escaped($0.purpose))</td><td>\(escaped($0.mechanism))</td>
            <td>\(escaped($0.part))</td><td class="n">\(escaped(BudgetWords.reading($0.rho)))</td></tr>
            """
        }
        return """
            <h2>What it cost</h2>
            <div class="scroll">\(Charts.budget(
                before: accounting.shareBefore, now: accounting.shareNow,
                title: "Budget spent before, by this release, and remaining"))</div>
            <p class="key">Grey: spent before by population \(escaped(accounting.population)). Blue: this
            release, ρ = \(escaped(BudgetWords.reading(accounting.reservedRho))). The bar ends at the cap, ε =
            \(escaped(BudgetWords.cap(accounting.capEpsilon))) at δ =
            \(escaped(BudgetWords.cap(accounting.capDelta))). All releases
            together, this one included: ε = \(escaped(accounting.lifetimeEpsilon))\
            \(escaped(BudgetWords.footnote(delta: record.guarantee.delta, capDelta: accounting.capDelta))).</p>
            <div class="scroll"><table><tr><th>Asked</th><th>Mechanism</th><th>Of</th>
            <th class="n">ρ</th></tr>\(rows.joined())</table></div>
            """
    }

    private var hazards: String {
        let rows = record.hazards.map {
            """
            <tr><td>\(escaped($0.hazard))</td><td class="\(escaped($0.state))">\(escaped($0.state))</td>
            <td>\(escaped($0.evidence))</td></tr>
            """
        }
        return """
            <h2>Known hazards</h2>
            <div class="scroll"><table><tr><th>Hazard</th><th>State</th><th>Why</th></tr>
            \(rows.joined())</table></div>
            """
    }

    private var limits: String {
        """
        <h2>What this report does not say</h2>
        <ul>\(Self.items(record.limits))</ul>
        <p>How to check this release with stock tools: <code>VERIFY.md</code>. Terms of use:
        <code>TERMS.md</code>. All figures in machine-readable form: <code>audit/audit.json</code>.</p>
        """
    }
}
