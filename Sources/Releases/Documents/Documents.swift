// SPDX-License-Identifier: Apache-2.0

import Curation
import Evaluation
import Foundation
import Privacy
import Synthesis
import Tables

/// Renders everything in an archive except the table itself.
enum Documents {
    /// The documents of a release, each with the reason why it may be published.
    ///
    /// - Parameters:
    ///   - record: The audit record.
    ///   - prepared: The release.
    ///   - schema: The schema that the table was written by, with the shapes of its bins.
    ///   - result: What stands after the wall.
    ///   - export: The written table.
    ///   - planBytes: The plan that was run.
    /// - Returns: The documents.
    /// - Throws: `ReleaseError` with status `software`.
    static func render(
        _ record: AuditRecord, prepared: PreparedRelease, schema: Schema,
        result: Pipeline.Assessed, export: borrowing TableExport, planBytes: [UInt8]
    ) throws(ReleaseError) -> [Publishable] {
        let paid = Basis.dp(result.measurements.chargedSteps.map(\.charge))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let audit = try? encoder.encode(record) else {
            throw ReleaseError(.software, "audit.json: a figure is not finite")
        }
        let package = try DataPackage.render(
            record, dataName: export.name, byteCount: export.byteCount, sha256: export.sha256,
            schema: prepared.schema.outputSchema(), created: record.identity.created)
        let report = HTMLReport(record: record, distributions: distributions(prepared, result))
        let release = prepared.file.name
        return [
            Publishable(name: "schema.json", bytes: schema.source, basis: paid),
            Publishable(name: "datapackage.json", text: package, basis: paid),
            Publishable(name: "reports/report.html", text: report.render(), basis: paid),
            Publishable(
                name: "audit/audit.json", bytes: [UInt8](audit) + [UInt8(ascii: "\n")], basis: paid),
            Publishable(name: "audit/AUDIT.md", text: record.markdown, basis: paid),
            Publishable(name: "audit/plan.json", bytes: planBytes, basis: .public),
            Publishable(name: "TERMS.md", text: Guides.terms(record), basis: .public),
            Publishable(
                name: "VERIFY.md",
                text: Guides.verification(release: release, signer: prepared.file.signer),
                basis: .public),
        ]
    }

    /// Each column's noisy shares beside the synthetic ones.
    private static func distributions(
        _ prepared: PreparedRelease, _ result: Pipeline.Assessed
    ) -> [HTMLReport.Distribution] {
        let table = result.table
        let tallies = table.tallies(of: table.sizes.indices.map { [$0] })
        let total = max(1, result.measurements.total)
        return table.sizes.indices.map { attribute in
            let codec = table.codecs[attribute]
            let noisy = result.measurements.oneWay[attribute].cells
            return HTMLReport.Distribution(
                name: prepared.schema.attributeNames[attribute], isOrdered: codec.isOrdered,
                bars: (0..<codec.cellCount).map { code in
                    Charts.Bar(
                        label: codec.label(code), measured: Double(noisy[code]) / total,
                        synthetic: Double(tallies[attribute][code]) / Double(table.rowCount))
                })
        }
    }
}
