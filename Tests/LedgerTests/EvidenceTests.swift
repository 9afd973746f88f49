// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@testable import Ledger

@Suite("What a release hands out of its ledger")
struct EvidenceTests {
    @Test(
        "each charge is proved to be in the ledger, by itself, at any later time",
        arguments: StoreUnderTest.all)
    func evidence(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let part = Rational(numerator: 1, denominator: 1000)
        var ids: [String] = []
        for index in 0..<5 {
            if index > 0 {
                try ledger.addPopulation(
                    "secret people \(index)", cap: cap, reason: "others", time: time)
            }
            ids.append(
                try charge(ledger, request(part, population: "secret people \(index)")).facts.id)
        }
        for (index, id) in ids.enumerated() {
            let evidence = try ledger.evidence(of: id)
            #expect(evidence.checkpoint == (try ledger.checkpoint()))
            #expect(evidence.inclusion.holds(evidence.entry, in: evidence.checkpoint))
            #expect(!evidence.inclusion.holds(evidence.entry + " ", in: evidence.checkpoint))
            #expect(evidence.entry.contains(id))
            // Nothing of any other release.
            for other in 0..<5 where other != index {
                #expect(!evidence.entry.contains("people \(other)"))
            }
            #expect(!evidence.entry.contains(ProcessInfo.processInfo.hostName))
        }
        #expect(throws: LedgerError.self) { try ledger.evidence(of: "none") }
    }

    @Test(
        "no two ledgers have one name, and a ledger keeps its own", arguments: StoreUnderTest.all)
    func origin(_ store: StoreUnderTest) throws {
        let first = try store.place(), second = try store.place()
        #expect(try first.ledger().checkpoint() == nil)
        try first.filled()
        try second.filled()
        let one = try #require(try first.ledger().checkpoint())
        #expect(one.origin != (try second.ledger().checkpoint()?.origin))
        try charge(try first.ledger(), Rational(numerator: 1, denominator: 1000))
        #expect(one.origin == (try first.ledger().checkpoint()?.origin))
    }
}
