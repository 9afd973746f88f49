// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

@Suite("A permutation of indices")
struct IndexPermutationTests {
    @Test(
        "has every index once as an image",
        arguments: [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 100, 1_000, 4_097] as [UInt64])
    func bijection(size: UInt64) {
        for seed in 0..<3 as Range<UInt64> {
            let permutation = IndexPermutation(size: size, seed: seed)
            #expect(Set((0..<size).map { permutation.image(of: $0) }) == Set(0..<size))
        }
    }

    @Test("stays below the largest sizes and keeps indices apart")
    func large() {
        for size in [1 << 62, (1 << 62) - 1, 10_000_000_000, 3] as [UInt64] {
            let permutation = IndexPermutation(size: size, seed: 9)
            let indices =
                Array(0..<min(size, 2_000)) + (size > 4_000 ? Array((size - 2_000)..<size) : [])
            let images = indices.map { permutation.image(of: $0) }
            #expect(images.allSatisfy { $0 < size })
            #expect(Set(images).count == indices.count)
        }
    }

    @Test("depends on the seed alone")
    func seeds() {
        func images(_ seed: UInt64) -> [UInt64] {
            let permutation = IndexPermutation(size: 1_000, seed: seed)
            return (0..<1_000).map { permutation.image(of: $0) }
        }
        #expect(images(1) == images(1))
        #expect(images(1) != images(2))
    }
}

@Suite("The schema's edges")
struct SchemaEdgeTests {
    @Test("a count beyond all bounds in a pattern is refused, not added up")
    func hugeCount() {
        for pattern in ["a[0-9]{9223372036854775807}", "[0-9]{4096}a", "a{99999999999999999999}"] {
            let error = #expect(throws: SchemaError.self) { try IdentifierPattern(pattern) }
            #expect(error?.description.contains(pattern) == true)
        }
        #expect((try? IdentifierPattern("[0-9]{4096}"))?.capacity == 1 << 62)
    }

    @Test("an identifier's own missing values mark records without a unit key")
    func unitMissing() throws {
        let scratch = try Scratch()
        let path = try scratch.file("a.csv", "id,x\nNONE,a\n")
        let table = try schema(
            #"""
            {"name": "id", "missingValues": ["NONE"], "semblance": {"role": "identifier"}},
            {"name": "x", "constraints": {"enum": ["a"]}}
            """#)
        let error = #expect(throws: TableError.self) { try read([path], table, unit: "id") }
        #expect(error?.column == "id" && error?.line == 2)
        try scratch.file("a.csv", "id,x\nNA,a\n")
        #expect(try read([path], table, unit: "id").keys == ["NA"])
        #expect(throws: SchemaError.self) {
            try schema(
                #"{"name": "id", "missingValues": "", "semblance": {"role": "identifier"}}"#)
        }
    }

    @Test("a domain of many special values is read quickly")
    func manySpecials() throws {
        let specials = (0..<32_000).map { String($0 * 2) }.joined(separator: ",")
        let table = try schema(
            #"{"name": "x", "type": "integer", "semblance": {"domain": {"minimum": 0, "#
                + #""maximum": 70000, "bins": 30000, "special": [\#(specials)]}}}"#)
        #expect(table.codecs[0].cellCount > 32_000)
    }
}
