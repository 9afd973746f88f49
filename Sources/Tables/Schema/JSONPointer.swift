// SPDX-License-Identifier: Apache-2.0

/// Where in a JSON record a field's value lies, after RFC 6901.
///
/// For input only: the synthetic table is flat and has the field's name.
public struct JSONPointer: Sendable, Hashable {
    /// Names of members, or indices of elements, from the record inwards; at least one.
    public let steps: [String]

    /// The member of a record that has a name.
    ///
    /// - Parameter name: The name.
    init(member name: String) { steps = [name] }

    /// Reads a pointer.
    ///
    /// - Parameter text: The pointer, such as `/address/city`; `~1` is a slash and `~0` a tilde.
    /// - Throws: `SchemaError` without a field name, which the caller adds.
    init(_ text: String) throws(SchemaError) {
        guard text.hasPrefix("/") else {
            throw SchemaError(
                detail: "\"pointer\" is no JSON Pointer; begin it with a slash, as in /address/city"
            )
        }
        var steps: [String] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            var step = ""
            var isEscaped = false
            for character in part {
                if isEscaped {
                    guard character == "0" || character == "1" else { break }
                    step.append(character == "0" ? "~" : "/")
                    isEscaped = false
                } else if character == "~" {
                    isEscaped = true
                } else {
                    step.append(character)
                }
            }
            guard !isEscaped else {
                throw SchemaError(
                    detail:
                        "\"pointer\" has a tilde that is neither ~0 nor ~1; write ~0 for a tilde")
            }
            steps.append(step)
        }
        self.steps = steps
    }

    /// Refuses pointers that are the same, or of which one leads through another's value.
    static func check(_ pointers: [(field: String, pointer: JSONPointer)]) throws(SchemaError) {
        let sorted = pointers.sorted { one, other in
            one.pointer.steps.lexicographicallyPrecedes(other.pointer.steps)
        }
        for (one, other) in zip(sorted, sorted.dropFirst())
        where other.pointer.steps.starts(with: one.pointer.steps) {
            throw SchemaError(
                field: other.field,
                detail: "its place in a JSON record is that of \"\(one.field)\" or inside it; "
                    + "a value can be one field only")
        }
    }
}

/// The places of all wanted values in a JSON record, as a tree by their steps.
struct JSONPaths: Sendable {
    /// What a name leads to.
    enum Target: Sendable, Equatable {
        /// A wanted value.
        case slot(Int)
        /// A container with wanted values in it.
        case node(Int)
    }

    /// A container.
    struct Node: Sendable {
        var keys = ByteKeyTable()
        /// What each key leads to.
        var targets: [Target] = []
        /// A number for each key that no other key has, to find repeated names.
        var marks: [Int] = []
    }

    /// The containers; the first one is the record.
    private(set) var nodes = [Node()]
    /// How many keys there are in all.
    private(set) var markCount = 0
    /// How many values are wanted.
    let slotCount: Int
    /// Names of the values' members, where all of them are members of the record itself.
    let flatNames: [String]?

    /// Builds the tree.
    ///
    /// - Parameter pointers: A pointer a slot; none is another one's beginning.
    init(_ pointers: [JSONPointer]) {
        slotCount = pointers.count
        flatNames =
            pointers.allSatisfy { $0.steps.count == 1 } ? pointers.map { $0.steps[0] } : nil
        for (slot, pointer) in pointers.enumerated() {
            var node = 0
            for (depth, step) in pointer.steps.enumerated() {
                let key = Array(step.utf8)
                let index = nodes[node].keys.insert(key.span, from: 0, to: key.count)
                let isLast = depth + 1 == pointer.steps.count
                if index == nodes[node].targets.count {
                    nodes[node].targets.append(isLast ? .slot(slot) : .node(nodes.count))
                    nodes[node].marks.append(markCount)
                    markCount += 1
                    if !isLast { nodes.append(Node()) }
                }
                if case .node(let next) = nodes[node].targets[index] { node = next }
            }
        }
    }
}
