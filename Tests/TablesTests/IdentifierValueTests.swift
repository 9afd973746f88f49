// SPDX-License-Identifier: Apache-2.0

import Tables
import Testing

@Suite("An identifier pattern")
struct IdentifierValueTests {
    @Test(
        "gives every value once before any repeats",
        arguments: [
            ("[0-9]{3}", 1_000), ("[ab]", 2), ("x", 1), ("[a-c]{3}-\\d", 270),
            ("^M[0-9]{4}$", 10_000),
            ("[A-F0-9]{3}", 4_096), ("[aab]{2}", 4),
        ])
    func all(pattern: String, capacity: UInt64) throws {
        let pattern = try IdentifierPattern(pattern)
        #expect(pattern.capacity == capacity)
        for seed in [0, 1, UInt64.max] {
            let values = (0..<capacity).map { pattern.value(index: $0, seed: seed) }
            #expect(Set(values).count == Int(capacity))
            #expect(pattern.value(index: capacity, seed: seed) == values.first)
        }
    }

    @Test("gives different values for different numbers of a space beyond 64 bits")
    func large() throws {
        let pattern = try IdentifierPattern("[0-9a-f]{40}")
        #expect(pattern.capacity == 1 << 62)
        var values = Set((0..<20_000).map { pattern.value(index: $0, seed: 5) })
        for shift in 15..<62 { values.insert(pattern.value(index: 1 << shift, seed: 5)) }
        #expect(values.count == 20_047)
        #expect(values.allSatisfy { $0.utf8.count == 40 })
    }

    @Test("keeps its form, and hides the order of its numbers")
    func form() throws {
        let pattern = try IdentifierPattern("^A\\.[b-d]\\d{2}\\-[\\]x]$")
        for index in 0..<UInt64(100) {
            let value = pattern.value(index: index)
            #expect(try #/A\.[b-d][0-9]{2}-[\]x]/#.wholeMatch(in: value) != nil)
        }
        let digits = try IdentifierPattern("[0-9]{6}")
        let values = (0..<100).map { digits.value(index: $0, seed: 3) }
        #expect(values != values.sorted())
        #expect(values != (0..<100).map { digits.value(index: $0, seed: 4) })
    }

    @Test(
        "is refused when it is outside the subset",
        arguments: [
            "", "^$", "a*", "a+", "a?", "a|b", "(a)", ".", "[^a]", "[a", "[]", "[b-a]", "a{0}",
            "a{2,3}", "a{", "{2}", "\\w", "\\", "é", "a\n", "a{5000}", "a{4000}b{97}", "a^", "$a",
        ])
    func refused(pattern: String) throws {
        let error = try #require(
            #expect(throws: SchemaError.self) { _ = try IdentifierPattern(pattern) })
        #expect(error.detail.contains("pattern"))
    }
}
