// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Ledger
@testable import Privacy

@Suite("Tampering with a ledger")
struct TamperingTests {
    private let part = Rational(numerator: 1, denominator: 1000)

    private func filled(_ store: StoreUnderTest) throws -> any LedgerPlace {
        let place = try store.place()
        try place.filled()
        return place
    }

    /// How opening is refused; `nil` where it is not.
    private func refusal(
        _ place: any LedgerPlace, creating: Bool = true
    ) -> LedgerError.Kind? {
        do {
            _ = try place.open(createIfMissing: creating, patience: 10)
            return nil
        } catch {
            return error.kind
        }
    }

    @Test(
        "entries can be neither changed, deleted nor put in out of order",
        arguments: StoreUnderTest.all,
        [
            "UPDATE entry SET body = '{}' WHERE seq = 3", "DELETE FROM entry WHERE seq = 5",
            "INSERT INTO entry VALUES (10, 'x', '{}', 'y')",
            "INSERT INTO entry VALUES (6, 'x', '{}', 'y')",
        ])
    func guardsHold(_ store: StoreUnderTest, sql: String) throws {
        let place = try filled(store)
        #expect(throws: (any Error).self) { try place.edit(sql) }
        #expect(try place.ledger().verify().entries == 5)
    }

    @Test(
        "whoever drops the guards is found by the chain", arguments: StoreUnderTest.all,
        [
            "UPDATE entry SET body = replace(body, 'lab', 'law') WHERE seq = 3",
            "UPDATE entry SET hash = 'other' WHERE seq = 4", "DELETE FROM entry WHERE seq = 3",
            "UPDATE entry SET seq = 10 WHERE seq = 5", "DELETE FROM entry WHERE seq = 5",
            "INSERT INTO entry VALUES (6, 'x', '{}', 'y')",
        ])
    func chainFinds(_ store: StoreUnderTest, sql: String) throws {
        let place = try filled(store)
        try place.editUnguarded(sql)
        #expect(refusal(place) == .corrupt)
    }

    @Test("a restored old copy is found by the last known head", arguments: StoreUnderTest.all)
    func rollbackIsFound(_ store: StoreUnderTest) throws {
        let place = try filled(store)
        try place.snapshot()
        try charge(try place.ledger(), part)
        try place.restoreSnapshot()
        #expect(refusal(place) == .corrupt)
    }

    @Test(
        "a ledger that vanished while its head is there is not made anew",
        arguments: StoreUnderTest.all)
    func vanishedLedger(_ store: StoreUnderTest) throws {
        let place = try filled(store)
        try place.removeDatabase()
        #expect(refusal(place) == .corrupt)
    }

    @Test("a ledger that lost its head is refused", arguments: StoreUnderTest.all)
    func lostHead(_ store: StoreUnderTest) throws {
        let place = try filled(store)
        try FileManager.default.removeItem(atPath: place.headFile)
        #expect(refusal(place) == .corrupt)
        try Data("0 nonsense\n".utf8).write(to: URL(fileURLWithPath: place.headFile))
        #expect(refusal(place) == .corrupt)
    }

    @Test(
        "an end that is cut off or changed under an open ledger stops its next charge",
        arguments: StoreUnderTest.all,
        [
            "DELETE FROM entry WHERE seq = 5",
            "UPDATE entry SET hash = upper(hash) WHERE seq = 5",
        ])
    func changedUnderneath(_ store: StoreUnderTest, sql: String) throws {
        let place = try filled(store)
        let ledger = try place.ledger()
        try place.editUnguarded(sql)
        let error = #expect(throws: LedgerError.self) { try charge(ledger, part) }
        #expect(error?.kind == .corrupt)
    }

    @Test(
        "an empty ledger is made once, and a second opener does not wipe it",
        arguments: StoreUnderTest.all)
    func madeOnce(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let first = try place.ledger()
        try charge(first, part)
        #expect(try place.ledger().verify().entries == 3)
    }

    @Test(
        "a head that a crash left behind or tore is fine as long as the ledger extends it",
        arguments: StoreUnderTest.all)
    func headMayLag(_ store: StoreUnderTest) throws {
        let place = try filled(store)
        let url = URL(fileURLWithPath: place.headFile)
        let old = try Data(contentsOf: url)
        try charge(try place.ledger(), part)
        let new = try Data(contentsOf: url)
        #expect(new.count == old.count)
        for torn in [
            old, old.prefix(old.count / 2) + new.dropFirst(old.count / 2 + 30) + old.suffix(30),
        ] {
            try torn.write(to: url)
            #expect(try place.ledger().verify().entries == 6)
        }
    }

    @Test(
        "a head that cannot be written does not undo a charge, nor lock the ledger",
        arguments: StoreUnderTest.all)
    func headCannotBeWritten(_ store: StoreUnderTest) throws {
        let place = try filled(store)
        let ledger = try place.ledger()
        let kept = try Data(contentsOf: URL(fileURLWithPath: place.headFile))
        // Not even root can write to a folder.
        try FileManager.default.removeItem(atPath: place.headFile)
        let head = HeadFile(path: place.headFile)
        head.advance(to: ChainHead(sequence: 9, hash: Entry.noPredecessor))
        #expect(!FileManager.default.fileExists(atPath: place.headFile))
        try kept.write(to: URL(fileURLWithPath: place.headFile))
        try charge(ledger, part)
        #expect(try place.ledger().verify().entries == 6)
    }

    @Test("a writer that waits too long is told to try again", arguments: StoreUnderTest.all)
    func busyWriter(_ store: StoreUnderTest) throws {
        let place = try filled(store)
        let ledger = try place.open(createIfMissing: false, patience: 0.05)
        try place.whileLocked {
            let error = #expect(throws: LedgerError.self) { try charge(ledger, part) }
            #expect(error?.kind == .busy)
        }
        try charge(ledger, part)
    }

    @Test("four writers on one ledger stop exactly at the cap", arguments: StoreUnderTest.all)
    func writersRace(_ store: StoreUnderTest) throws {
        let place = try store.place()
        _ = try place.ledger()
        let part = cap.rho.value / Rational(20)
        let granted = Counter()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            guard let ledger = try? place.ledger() else { return }
            for _ in 0..<10 where (try? charge(ledger, part)) != nil { granted.add() }
        }
        #expect(granted.count == 20)
        let state = try place.ledger().verify().state
        #expect(state.spent("people") == PrivacyCost(cap.rho))
    }

    @Test(
        "a ledger sees what others have written since, without reading the rest again",
        arguments: StoreUnderTest.all)
    func seesOthers(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let first = try place.ledger()
        let second = try place.ledger()
        for ledger in [first, second, second, first] { try charge(ledger, part) }
        let spent = PrivacyCost(Rho(part + part + part + part))
        #expect(try first.current().spent("people") == spent)
        #expect(try second.current().spent("people") == spent)
    }

    @Test("the export is a chain that any tool can check", arguments: StoreUnderTest.all)
    func exportIsAChain(_ store: StoreUnderTest) throws {
        let place = try filled(store)
        let lines = try place.ledger().export()
        var prev = Entry.noPredecessor
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["prev"] as? String == prev)
            prev = Entry.hash(of: line)
        }
        #expect(lines.count == 5)
    }
}
