// SPDX-License-Identifier: Apache-2.0

import Foundation

/// `datapackage.json`: the Frictionless description of the released table.
enum DataPackage {
    /// Renders the descriptor.
    ///
    /// - Parameters:
    ///   - record: The audit record of the release.
    ///   - dataName: The path of the table inside the release.
    ///   - byteCount: The table's length in bytes.
    ///   - sha256: The table's SHA-256 in hexadecimal.
    ///   - schema: The Table Schema of the synthetic table, JSON.
    ///   - created: RFC 3339 time, UTC.
    /// - Returns: JSON with sorted keys, so that equal input gives equal bytes.
    /// - Throws: `ReleaseError` with status `software` when the schema is not JSON.
    static func render(
        _ record: AuditRecord, dataName: String, byteCount: Int, sha256: String, schema: [UInt8],
        created: String
    ) throws(ReleaseError) -> String {
        let isCSV = dataName.hasSuffix(".csv")
        do {
            let table = try JSONSerialization.jsonObject(with: Data(schema))
            var resource: [String: Any] = [
                "name": "data", "path": dataName, "bytes": byteCount, "hash": "sha256:" + sha256,
                "encoding": "utf-8", "format": isCSV ? "csv" : "jsonl",
                "mediatype": isCSV ? "text/csv" : "application/jsonl", "schema": table,
            ]
            // The v1 profile name is what today's validators know; JSON Lines has none of its own.
            resource["profile"] = isCSV ? "tabular-data-resource" : "data-resource"
            let package: [String: Any] = [
                "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
                "profile": isCSV ? "tabular-data-package" : "data-package",
                "name": record.identity.release.lowercased(), "title": record.identity.title,
                "created": created, "resources": [resource],
                "dp:variant": record.guarantee.variant, "dp:rho": record.guarantee.rho,
                "dp:epsilon": record.guarantee.epsilon, "dp:delta": record.guarantee.delta,
                "dp:unit": record.data.unitColumn ?? "record",
                "dp:rowsPerUnit": record.data.rowsPerUnit,
                "dp:relation": record.data.neighbouringRelation,
            ]
            let data = try JSONSerialization.data(
                withJSONObject: package,
                options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
            return String(decoding: data, as: UTF8.self) + "\n"
        } catch {
            throw ReleaseError(.software, "datapackage.json: the table's schema is not JSON")
        }
    }
}
