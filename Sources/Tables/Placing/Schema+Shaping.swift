// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// The schema with shapes for the bins of its columns, which may be kept, published and read again: from
    /// it alone, whoever looks for a watermark knows where values were likely to lie.
    ///
    /// Post-processing of the shapes.
    ///
    /// - Parameter shapes: For each attribute a shape for each bin, or none. A column whose bins are all
    ///   uniform says nothing, and loses what it said before.
    /// - Returns: The schema; equal shapes give equal bytes.
    /// - Throws: `SchemaError` where shapes and bins differ in number.
    public func shaped(by shapes: [[BinShape]]) throws(SchemaError) -> Schema {
        precondition(shapes.count == measured.count)
        let root: JSONValue
        do throws(JSONFault) {
            root = try JSONValue(parsing: source)
        } catch {
            throw SchemaError(schema: name, detail: "is not JSON: \(error.reason)")
        }
        guard case .array(var items)? = root["fields"] else {
            throw SchemaError(schema: name, detail: "has no fields")
        }
        for (attribute, shapes) in shapes.enumerated() {
            let isShaped = shapes.contains { $0 != .uniform }
            let item = items[measured[attribute]]
            guard isShaped || item["semblance"] != nil else { continue }
            items[measured[attribute]] = item.replacing("semblance") { semblance in
                let rest = (semblance ?? .object([])).removing("shape")
                return isShaped ? rest.replacing("shape") { _ in Self.json(shapes) } : rest
            }
        }
        return try Schema(
            json: Self.text(root.replacing("fields") { _ in .array(items) }), name: name)
    }

    private static func json(_ shapes: [BinShape]) -> JSONValue {
        .array(
            shapes.map { shape in
                .array([.number(String(shape.first)), .number(String(shape.second))])
            })
    }
}
