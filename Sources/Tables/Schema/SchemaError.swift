// SPDX-License-Identifier: Apache-2.0

/// A fault of a declared schema: which file, which field, what is wrong and how to mend it.
///
/// A schema is public, so the message may quote what the schema says.
public struct SchemaError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Name of the schema as its reader was told it, usually a file name; empty for a bare pattern.
    public let schema: String
    /// The field at fault, or nil when the fault is of the whole schema.
    public let field: String?
    /// What was found, what was expected, and what to do.
    public let detail: String

    /// Describes a fault.
    ///
    /// - Parameters:
    ///   - schema: Name of the schema, usually a file name.
    ///   - field: The field at fault, or nil for the whole schema.
    ///   - detail: What was found, what was expected, and what to do.
    public init(schema: String = "", field: String? = nil, detail: String) {
        self.schema = schema
        self.field = field
        self.detail = detail
    }

    /// One line: schema, field, fault and fix.
    public var description: String {
        var parts: [String] = []
        if !schema.isEmpty { parts.append("schema \(schema)") }
        if let field { parts.append("field \"\(field)\"") }
        parts.append(detail)
        return parts.joined(separator: ": ")
    }
}
