// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Source of the noise")
struct SourceTests {
    private static let sources = Package.root.appendingPathComponent("Sources/Privacy")

    /// Files and folders where binary fractions are allowed, and why.
    private static let exceptions = [
        "Accounting/Bisection.swift": "it only chooses where to look",
        "Accounting/Composition/": "bounds for comparison, rounded up",
        "Accounting/Gaussian/": "transcendental formulas, rounded to the safe side",
        "Accounting/LossDistributions/": "sums of positive masses with their errors added",
        "Accounting/NeighbouringRelation.swift": "rounded up",
        "Accounting/Renyi/": "transcendental formulas, rounded up",
        "Accounting/ZeroConcentrated+Cost.swift": "calls formulas for exact numbers",
        "Accounting/Rational+Logarithm.swift": "rounded up",
        "Accounting/Rational+Double.swift": "it is the one bridge, and it rounds to a named side",
        "Accounting/ZeroConcentrated.swift": "transcendental formulas, rounded to the safe side",
        "Accounting/ZeroConcentrated+Exact.swift": "calls those formulas for exact numbers",
    ]

    /// Words that make noise inexact or predictable, outside comments.
    private static func offences(in text: String, also more: [String] = []) -> [String] {
        let words =
            more + [
                #"\bDouble\b"#, #"\bFloat(16|32|64|80)?\b"#, #"\bCGFloat\b"#,
                #"RandomNumberGenerator"#, #"\.random\("#, #"\.shuffled?\("#, #"\brandom\(\)"#,
                #"\bdrand48\b"#, #"\bsrand"#, #"\.randomElement\("#, #"[0-9]\.[0-9]"#,
            ]
        return text.split(separator: "\n").compactMap { line in
            let code = line.components(separatedBy: "//")[0]
            let isOffence = words.contains { word in
                code.range(of: word, options: .regularExpression) != nil
            }
            return isOffence ? String(line) : nil
        }
    }

    private static func swiftFiles() throws -> [(name: String, text: String)] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
        return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            let file = sources.appendingPathComponent(name)
            return (name, try String(contentsOf: file, encoding: .utf8))
        }
    }

    @Test("no binary fraction and no other generator is near a sampler, a selection or a grant")
    func exactness() throws {
        let files = try Self.swiftFiles()
        #expect(files.count { $0.name.hasPrefix("Sampling/") } >= 4)
        #expect(files.count { $0.name.hasPrefix("Selection/") } >= 2)
        for (name, text) in files where !Self.exceptions.keys.contains(where: name.hasPrefix) {
            #expect(Self.offences(in: text) == [], "\(name)")
        }
    }

    @Test("no transcendental function is called where noise is planned, drawn, bounded or chosen")
    func transcendentals() throws {
        let folders = [
            "Intervals/", "Mechanisms/", "Randomness/", "Sampling/", "Selection/", "Tails/",
        ]
        let functions = [#"\b(exp|exp2|expm1|log|log2|log1p|pow|sqrt|erfc?|l?gamma)\("#]
        let files = try Self.swiftFiles()
        for folder in folders {
            #expect(files.contains { $0.name.hasPrefix(folder) }, "\(folder)")
        }
        for (name, text) in files where folders.contains(where: { name.hasPrefix($0) }) {
            #expect(Self.offences(in: text, also: functions) == [], "\(name)")
        }
        #expect(Self.offences(in: "let y = exp(-x)", also: functions).count == 1)
    }

    @Test("every exception is still needed")
    func exceptionsAreNeeded() throws {
        let files = try Self.swiftFiles()
        for name in Self.exceptions.keys {
            let excepted = files.filter { $0.name.hasPrefix(name) }
            #expect(excepted.contains { !Self.offences(in: $0.text).isEmpty }, "\(name)")
        }
    }

    @Test("the search finds what it looks for, and not in comments")
    func search() {
        for line in [
            "let x: Double = 1", "Float(y)", "Int.random(in: 0..<3)", "rows.shuffle(using: &g)",
            "var g = SystemRandomNumberGenerator()", "let half = 0.5",
        ] {
            #expect(Self.offences(in: line) == [line])
        }
        #expect(Self.offences(in: "let x = 1  // a Double would round\ncase doubleWord").isEmpty)
    }

    @Test("the room imports nothing but exact arithmetic and the system's generator")
    func imports() throws {
        for (name, text) in try Self.swiftFiles() {
            for line in text.split(separator: "\n") where line.contains("import ") {
                let words = line.split(separator: " ").map(String.init)
                guard words.contains("import"), !line.hasPrefix("//"), !line.hasPrefix("    ")
                else { continue }
                let module = words.last ?? ""
                #expect(
                    ["BigInt", "CRandom", "Glibc", "Synchronization"].contains(module), "\(name)")
            }
        }
    }
}
