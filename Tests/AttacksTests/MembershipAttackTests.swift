// SPDX-License-Identifier: Apache-2.0

import Curation
import Testing

@testable import Attacks

@Suite("Membership attack")
struct MembershipAttackTests {
    @Test("a record of the release scores higher than one outside it, rare or not")
    func scoresMembers() {
        // One pair of columns with 4 x 4 cells; the release holds (0,0) and (3,3).
        var counts = [Int64](repeating: 0, count: 16)
        counts[0] = 5
        counts[15] = 5
        let reference = [[0.5, 0.3, 0.15, 0.05], [0.5, 0.3, 0.15, 0.05]]
        let terms = MembershipAttack.terms(
            cliques: [[0, 1]], separators: [], cliqueCounts: [counts], separatorCounts: [],
            reference: reference, rows: 10)
        let table = terms[0].table
        #expect(table[15] > table[0])
        let outside = (0..<16).filter { $0 != 0 && $0 != 15 }
        #expect(outside.allSatisfy { table[$0] < table[0] })
        // What the release does not hold says the same whether it is rare or frequent.
        #expect(Set(outside.map { table[$0] }).count == 1)
    }

    @Test("a separator is taken out again")
    func separators() {
        let terms = MembershipAttack.terms(
            cliques: [[0]], separators: [[0], []], cliqueCounts: [[3, 1]],
            separatorCounts: [[3, 1], [4]], reference: [[0.5, 0.5]], rows: 4)
        #expect(terms.count == 2)
        #expect(zip(terms[0].table, terms[1].table).allSatisfy { $0 == -$1 })
    }
}

@Suite("Linkage attack")
struct LinkageAttackTests {
    @Test("the guess is the most frequent value, ties by the smaller code")
    func majority() {
        var counts: [UInt64: [UInt16: Int]] = [:]
        // Columns: key, target.
        LinkageAttack.predictions(
            [0, 0, 0, 1, 1, 2, 5, 5, 6, 4, 3, 9], rows: 6, sizes: [3, 10], keys: [0], target: 1,
            into: &counts)
        #expect(LinkageAttack.majority(counts) == [0: 5, 1: 3, 2: 9])
    }
}
