// SPDX-License-Identifier: Apache-2.0

extension HTMLReport {
    /// How the rows were made: the method and why it, invented units, and the rules that rows keep.
    var making: String {
        let mechanism = record.mechanism
        var facts = [
            mechanism.reason.map { "Method \(mechanism.method): \($0)." }
                ?? "Method \(mechanism.method)."
        ]
        if let units = mechanism.unitsWritten {
            facts.append(
                "The records belong to \(grouped(units)) invented units, with as many records each as the noisy "
                    + "histogram of records per unit says.")
        }
        let reused = (mechanism.reused ?? []).map(\.release)
        if !reused.isEmpty {
            facts.append(
                "Measurements of earlier releases helped: \(reused.joined(separator: ", ")).")
        }
        return """
            <h2>How the rows were made</h2>
            <p>\(escaped(mechanism.description))</p>
            <ul>\(facts.map { "<li>\(escaped($0))</li>" }.joined())</ul>
            \(rules)
            """
    }

    /// The declared rules between columns, or nothing.
    private var rules: String {
        guard let constraints = record.mechanism.constraints else { return "" }
        let items = constraints.declared.map { "<li><code>\(escaped($0))</code></li>" }
        return """
            <h3>Rules between columns</h3>
            <p>All \(grouped(constraints.checkedRecords)) records keep these rules; what is missing breaks none.
            For that \(grouped(constraints.changedCells)) cells were drawn again. Real records that break a rule
            were counted as they are.</p>
            <ul>\(items.joined())</ul>
            """
    }
}
