// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Tables
import Yams

/// What is wrong with a configuration file, where, and what was expected.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line for a person.
    public let description: String

    /// Creates an error.
    ///
    /// - Parameter description: One line, `what: where: found, expected; what to do`.
    public init(_ description: String) { self.description = description }
}

/// A mapping of a YAML file, read strictly: its keys are known beforehand, and any other is the first error
/// that is told, because a key that is misspelled is also one that is missing.
///
/// Numbers keep their text and become exact `Rational`s, so that `0.1` in a file is one tenth and not
/// the nearest binary fraction.
public struct ConfigurationReader {
    private let file: String
    private let path: String
    private let mapping: Node.Mapping
    private let line: Int

    /// Parses a whole file.
    ///
    /// - Parameters:
    ///   - text: The YAML text.
    ///   - file: The file's name, for messages.
    ///   - keys: The keys that there may be at the top.
    /// - Throws: `ConfigurationError` when the text is not a YAML mapping, has a key twice or an unknown one.
    public init(text: String, file: String, keys: [String]) throws(ConfigurationError) {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch YamlError.duplicatedKeysInMapping(let names, let context) {
            throw Self.duplicate(names, file: file, line: context.mark.line)
        } catch {
            let mark = (error as? YamlError).flatMap(Self.line(of:))
            let place = mark.map { "\(file), line \($0)" } ?? file
            throw ConfigurationError("not YAML: \(place): check quotes and indentation")
        }
        guard let mapping = node?.mapping else {
            throw ConfigurationError(
                "empty or a list: \(file): expected keys and values at the top")
        }
        try self.init(file: file, path: "", mapping: mapping, line: 1, keys: keys)
    }

    private init(
        file: String, path: String, mapping: Node.Mapping, line: Int, keys: [String]
    ) throws(ConfigurationError) {
        self.file = file
        self.path = path
        self.mapping = mapping
        self.line = line
        for (key, _) in mapping {
            let name = key.scalar?.string ?? "?"
            guard !keys.contains(name) else { continue }
            throw ConfigurationError(
                "unknown key: \(file), line \(key.mark?.line ?? line), key \(path)\(name): expected one of "
                    + keys.sorted().joined(separator: ", ")
                    + Spelling.advice(for: name, among: keys))
        }
    }

    /// The error of a key that is there twice; the mark is that of its first place.
    private static func duplicate(
        _ names: [String], file: String, line: Int
    ) -> ConfigurationError {
        let name = names.first ?? "?"
        return ConfigurationError(
            "key twice: \(file), line \(line), key \(name): found it again in the same mapping, expected each "
                + "key once; remove one of the two")
    }

    private static func line(of error: YamlError) -> Int? {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            mark.line
        default: nil
        }
    }

    /// An error about one key of this mapping.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - message: What is wrong with it.
    /// - Returns: The error, with file and line.
    public func error(_ key: String, _ message: String) -> ConfigurationError {
        let line = mapping[Node(key)]?.mark?.line ?? self.line
        return ConfigurationError(
            "\(message): \(file), line \(line), key \(path)\(key)")
    }

    private func node(_ key: String) -> Node? {
        guard let node = mapping[Node(key)], node.null == nil else { return nil }
        return node
    }

    /// A required or optional string.
    ///
    /// - Parameter key: The key.
    /// - Returns: The text, or `nil` where it is missing or empty.
    /// - Throws: `ConfigurationError` where the value is of another kind.
    public func string(_ key: String) throws(ConfigurationError) -> String? {
        guard let node = node(key) else { return nil }
        guard let scalar = node.scalar else {
            throw error(key, "found a list or keys, expected text")
        }
        guard !scalar.string.isEmpty else { return nil }
        return scalar.string
    }

    /// A required string.
    ///
    /// - Parameter key: The key.
    /// - Returns: The text.
    /// - Throws: `ConfigurationError` where the value is of another kind.
    public func requiredString(_ key: String) throws(ConfigurationError) -> String {
        guard let value = try string(key) else { throw error(key, "missing, expected text") }
        return value
    }

    /// A number as an exact rational.
    ///
    /// - Parameter key: The key.
    /// - Returns: The exact number, or `nil` where it is missing.
    /// - Throws: `ConfigurationError` where the value is of another kind.
    public func rational(_ key: String) throws(ConfigurationError) -> Rational? {
        guard let text = try string(key) else { return nil }
        guard let value = Rational(decimal: text) else {
            throw error(key, "not a finite number, expected a decimal like 0.5 or 1e-9")
        }
        return value
    }

    /// A truth value.
    ///
    /// - Parameter key: The key.
    /// - Returns: Nil when the key is absent.
    /// - Throws: `ConfigurationError` when the value is neither `true` nor `false`.
    public func boolean(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let text = try string(key) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default: throw error(key, "neither true nor false")
        }
    }

    /// A whole number within a range.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - range: What is allowed.
    /// - Returns: The number, or `nil` where it is missing.
    /// - Throws: `ConfigurationError` where it is something else.
    public func integer(_ key: String, in range: ClosedRange<Int>)
        throws(ConfigurationError) -> Int?
    {
        guard let text = try string(key) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw error(
                key,
                "not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A list of strings; one string alone counts as a list of one.
    ///
    /// - Parameter key: The key.
    /// - Returns: The texts, or `nil` where it is missing.
    /// - Throws: `ConfigurationError` where the value is of another kind.
    public func strings(_ key: String) throws(ConfigurationError) -> [String]? {
        guard let node = node(key) else { return nil }
        if let scalar = node.scalar { return [scalar.string] }
        guard let sequence = node.sequence else { throw error(key, "found keys, expected a list") }
        var strings: [String] = []
        for item in sequence {
            guard let scalar = item.scalar else { throw error(key, "expected a list of texts") }
            strings.append(scalar.string)
        }
        return strings
    }

    /// A list of lists of strings.
    ///
    /// - Parameter key: The key.
    /// - Returns: The lists, or `nil` where the key is missing.
    /// - Throws: `ConfigurationError` where the value or an item is of another kind.
    public func lists(_ key: String) throws(ConfigurationError) -> [[String]]? {
        guard let node = node(key) else { return nil }
        let expected = "expected a list of lists of texts, like [[a, b], [c, d]]"
        guard let sequence = node.sequence else { throw error(key, expected) }
        var lists: [[String]] = []
        for item in sequence {
            let texts = item.sequence?.map { $0.scalar?.string }
            guard let texts, !texts.contains(nil) else { throw error(key, expected) }
            lists.append(texts.compactMap(\.self))
        }
        return lists
    }

    /// Whether a key is written as a plain text, such as `off`.
    ///
    /// - Parameter key: The key.
    /// - Returns: Whether its value is a scalar.
    public func isText(_ key: String) -> Bool { mapping[Node(key)]?.scalar != nil }

    /// A nested mapping.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - keys: The keys that there may be in it.
    /// - Returns: A reader of the nested keys, or `nil` where they are missing.
    /// - Throws: `ConfigurationError` where the value is of another kind or has an unknown key.
    public func mapping(
        _ key: String, keys: [String]
    ) throws(ConfigurationError) -> ConfigurationReader? {
        guard let node = node(key) else { return nil }
        guard let nested = node.mapping else { throw error(key, "expected keys and values") }
        return try ConfigurationReader(
            file: file, path: path + key + ".", mapping: nested, line: node.mark?.line ?? line,
            keys: keys)
    }

    /// A list of mappings.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - keys: The keys that there may be in each item.
    /// - Returns: One reader an item, or `nil` where the list is missing.
    /// - Throws: `ConfigurationError` where the value is of another kind or an item has an unknown key.
    public func mappings(
        _ key: String, keys: [String]
    ) throws(ConfigurationError) -> [ConfigurationReader]? {
        guard let node = node(key) else { return nil }
        guard let sequence = node.sequence else { throw error(key, "expected a list") }
        var readers: [ConfigurationReader] = []
        for (index, item) in sequence.enumerated() {
            guard let nested = item.mapping else {
                throw error(key, "expected keys and values in each item")
            }
            readers.append(
                try ConfigurationReader(
                    file: file, path: "\(path)\(key)[\(index)].", mapping: nested,
                    line: item.mark?.line ?? line, keys: keys))
        }
        return readers
    }
}
