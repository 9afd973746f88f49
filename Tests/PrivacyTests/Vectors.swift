// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

/// Where this package lies on disk, found from this file.
enum Package {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Reference data that is not part of the package.
    static let shared: URL = {
        if let path = ProcessInfo.processInfo.environment["SEMBLANCE_SHARED"] {
            return URL(fileURLWithPath: path)
        }
        return root.deletingLastPathComponent().appendingPathComponent("shared")
    }()
}

/// Any JSON value; numbers keep their shortest decimal text.
enum JSON: Decodable, Sendable {
    case text(String), number(Double), truth(Bool), list([JSON]), object([String: JSON]), null

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let truth = try? value.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSON].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    subscript(key: String) -> JSON {
        if case .object(let members) = self { return members[key] ?? .null }
        return .null
    }

    var items: [JSON] {
        if case .list(let items) = self { return items }
        return []
    }

    var double: Double? {
        switch self {
        case .number(let number): number
        case .text(let text): Double(text)
        default: nil
        }
    }

    /// The number as it is written, exactly; `n/d` is read too.
    var rational: Rational? {
        switch self {
        case .number(let number): Rational(decimal: "\(number)")
        case .text(let text): Rational(text)
        default: nil
        }
    }

    var int: Int? { rational.flatMap { $0.floor == $0.ceiling ? $0.floor : nil } }
}

/// One known answer.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    struct Check: Decodable, Sendable {
        let rule: String
        let tol: Double
    }
    struct Truth: Decodable, Sendable { let value: JSON }

    let id: String
    let op: String
    let input: JSON
    let expected: JSON
    let check: Check
    let truth: Truth?

    var testDescription: String { id }

    /// What to grade against: the high-precision value where there is one.
    var reference: JSON { truth?.value ?? expected }

    func double(_ key: String) throws -> Double { try #require(input[key].double) }
    func rational(_ key: String) throws -> Rational { try #require(input[key].rational) }
    func int(_ key: String) throws -> Int { try #require(input[key].int) }

    /// Grades a number by the vector's own rule.
    func accepts(_ value: Double, at index: Int? = nil) throws -> Bool {
        let item = index.map { self.reference.items[$0] } ?? self.reference
        let reference = try #require(item.double)
        switch check.rule {
        case "rel": return abs(value - reference) <= check.tol * abs(reference)
        case "abs": return abs(value - reference) <= check.tol
        case "upper_within":
            return reference * (1 - 1e-12) <= value && value <= reference * (1 + check.tol)
        case "lower_within":
            return reference * (1 - check.tol) <= value && value <= reference * (1 + 1e-12)
        case "upper_within_abs":
            guard truth != nil else { return abs(value - reference) <= check.tol }
            return reference - 1e-9 <= value && value <= reference + check.tol
        default:
            Issue.record("\(id): unknown rule \(check.rule)")
            return false
        }
    }
}

enum Vectors {
    private struct File: Decodable { let vectors: [Vector] }

    private static let location = Package.shared.appendingPathComponent("vectors")
    private static let known: [Vector] = {
        let file = location.appendingPathComponent("vectors_public.json")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return (try? JSONDecoder().decode(File.self, from: data).vectors) ?? []
    }()

    /// Whether the folder is there; a folder that cannot be read makes tests fail, not skip.
    static var arePresent: Bool { FileManager.default.fileExists(atPath: location.path) }

    /// The known answers of one operation.
    static func of(_ op: String) -> [Vector] { known.filter { $0.op == op } }

    /// Every operation that has a known answer.
    static var operations: Set<String> { Set(known.map(\.op)) }

    /// The names of all tables.
    static func tables() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: location.path)
            .filter { $0.hasSuffix(".csv") }
    }

    /// The lines of a table without its header, split at commas.
    static func table(_ name: String) throws -> [[String]] {
        let text = try String(
            contentsOf: location.appendingPathComponent(name), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map { line in
            line.split(separator: ",").map(String.init)
        }
    }
}
