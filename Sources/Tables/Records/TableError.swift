// SPDX-License-Identifier: Apache-2.0

public import Streams

/// A fault of a table's bytes, with the place where it lies.
///
/// The message names file, line, column and the kind of thing that was found. It never quotes a
/// value, so that it may be shown to whoever runs the tool.
public struct TableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What sort of fault it is.
    public enum Kind: Equatable, Sendable {
        /// The bytes could not be read, or the quarantine file could not be written.
        case stream(StreamError)
        /// There is no record at all.
        case noRecords
        /// The header lacks a column, or has one twice.
        case header
        /// A record is malformed, or holds a value that the schema refuses.
        case badRecord
        /// The declared format of the file contradicts itself.
        case format
        /// Somebody asked the reading to stop.
        case interrupted
    }

    /// What sort of fault it is.
    public let kind: Kind
    /// The file, as it was opened; empty when the fault is of no file.
    public let file: String
    /// The physical line on which the record begins, counted from 1.
    public let line: Int?
    /// Name of the column at fault.
    public let column: String?
    /// What was found, what was expected, and what to do.
    public let detail: String

    init(
        _ kind: Kind, file: String = "", line: Int? = nil, column: String? = nil, detail: String
    ) {
        self.kind = kind
        self.file = file
        self.line = line
        self.column = column
        self.detail = detail
    }

    init(_ error: StreamError) {
        self.init(.stream(error), file: error.path, detail: error.detail)
    }

    /// One line: place, fault and fix.
    public var description: String {
        if case .stream(let error) = kind { return error.description }
        var parts: [String] = []
        if !file.isEmpty { parts.append(file) }
        if let line { parts.append("line \(line)") }
        if let column { parts.append("column \"\(column)\"") }
        let place = parts.joined(separator: ", ")
        return place.isEmpty ? detail : "\(place): \(detail)"
    }
}
