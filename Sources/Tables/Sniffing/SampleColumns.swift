// SPDX-License-Identifier: Apache-2.0

/// The columns of a sample while its records are looked at.
struct SampleColumns {
    private(set) var profiles: [ColumnProfile] = []
    /// Column of each JSON Pointer.
    private var places: [String: Int] = [:]
    private var names: Set<String> = []
    /// Pointers of the objects around values.
    private var containers: Set<String> = []

    /// Columns that a table may have; JSON whose members are named by data has no end of them.
    private static let most = 5_000
    /// Objects around a value; what lies deeper is left out.
    private static let deepest = 16

    var isEmpty: Bool { profiles.isEmpty }

    /// Names the columns of delimited text by the first record.
    mutating func name(
        by fields: [[UInt8]], hasHeader: Bool, file: String
    ) throws(TableError) {
        guard fields.count <= Self.most else {
            throw TableError(
                .format, file: file, line: 1,
                detail: "found \(fields.count) columns, expected at most \(Self.most); check the "
                    + "line ends")
        }
        for (index, field) in fields.enumerated() {
            // An empty first name stands over row numbers.
            let isNamed = hasHeader && !field.isEmpty
            let text = isNamed ? String(decoding: field, as: UTF8.self) : "column_\(index + 1)"
            guard names.insert(text).inserted else {
                throw TableError(
                    .header, file: file, line: 1,
                    detail:
                        "the header names column \(index + 1) as another one; rename one of them")
            }
            profiles.append(ColumnProfile(name: text))
            profiles[index].isUnnamed = hasHeader && field.isEmpty
        }
    }

    /// Whether a header is that of these columns.
    func agree(with fields: [[UInt8]]) -> Bool {
        fields.count == profiles.count
            && zip(fields, profiles).allSatisfy { field, profile in
                field.isEmpty || String(decoding: field, as: UTF8.self) == profile.name
            }
    }

    /// Takes a record of delimited text; false where it has another number of fields.
    mutating func add(_ fields: [[UInt8]]) -> Bool {
        guard fields.count == profiles.count else { return false }
        for column in fields.indices { profiles[column].add(fields[column]) }
        return true
    }

    /// Takes the values of a JSON record and of the objects in it.
    ///
    /// - Parameters:
    ///   - members: The record's members.
    ///   - record: How many records came before.
    ///   - file: The file, for messages.
    mutating func add(
        _ members: [(name: String, value: JSONValue)], record: Int, path: [String] = [],
        file: String
    ) throws(TableError) {
        for (name, value) in members {
            let steps = path + [name]
            if case .object(let inner) = value {
                guard steps.count < Self.deepest else { continue }
                containers.insert(Self.pointer(steps))
                try add(inner, record: record, path: steps, file: file)
                continue
            }
            let column = try column(at: steps, file: file)
            // Records that lack it are counted when it comes again, or at the end.
            profiles[column].addAbsent(record - profiles[column].count)
            profiles[column].occurrences += 1
            switch value {
            case .boolean(let truth): profiles[column].add(Array((truth ? "true" : "false").utf8))
            case .number(let text), .string(let text): profiles[column].add(Array(text.utf8))
            case .null: profiles[column].addAbsent(1)
            case .array, .object:
                profiles[column].hasContainers = true
                profiles[column].addAbsent(1)
            }
        }
    }

    /// Counts the records that lack a value at the end.
    mutating func close(records: Int) {
        for column in profiles.indices {
            profiles[column].addAbsent(max(0, records - profiles[column].count))
        }
        // A member that is an object at times has values at two places, of which only one can be read.
        for (pointer, column) in places where containers.contains(pointer) {
            profiles[column].isContainerToo = true
        }
    }

    private mutating func column(at steps: [String], file: String) throws(TableError) -> Int {
        let pointer = Self.pointer(steps)
        if let known = places[pointer] { return known }
        guard profiles.count < Self.most else {
            throw TableError(
                .format, file: file,
                detail: "found more than \(Self.most) different members; are they named by data? "
                    + "give the table columns")
        }
        let joined = steps.joined(separator: "_")
        let flat = joined.isEmpty ? "unnamed" : joined
        var name = flat
        var number = 2
        while !names.insert(name).inserted {
            name = "\(flat)_\(number)"
            number += 1
        }
        places[pointer] = profiles.count
        let isPlain = steps.count == 1 && steps[0] == name
        profiles.append(ColumnProfile(name: name, pointer: isPlain ? nil : pointer))
        return profiles.count - 1
    }

    private static func pointer(_ steps: [String]) -> String {
        steps.map { "/" + escaped($0) }.joined()
    }

    /// A step of a JSON Pointer (RFC 6901).
    private static func escaped(_ step: String) -> String {
        var text = ""
        for character in step {
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.append(character)
            }
        }
        return text
    }
}
