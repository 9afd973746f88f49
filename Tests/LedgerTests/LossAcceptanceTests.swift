// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@testable import Ledger

@Suite("A loss that is accepted gives no budget back")
struct LossAcceptanceTests {
    private let part = Rational(numerator: 1, denominator: 1000)
    private let place: SQLitePlace
    private let anchor: String

    init() throws {
        place = try SQLitePlace()
        anchor = place.scratch.path + "/anchor"
    }

    private func open(anchored: Bool = true) throws(LedgerError) -> BudgetLedger {
        try BudgetLedger(
            at: place.path, createIfMissing: true, anchor: anchored ? anchor : nil)
    }

    @discardableResult
    private func accept(anchored: Bool = true) throws(LedgerError) -> [LossAcceptance.Loss] {
        try LossAcceptance.accept(
            at: place.path, anchor: anchored ? anchor : nil, reason: "disk died", time: time)
    }

    private func spent(_ population: String = "people") throws -> Rational {
        try open().verify().state.spent(population).rho.value
    }

    /// Keeps database and head as they are now.
    private func keep() throws {
        try place.snapshot()
        try FileManager.default.copyItem(atPath: place.headFile, toPath: place.headFile + ".old")
    }

    /// Puts both back.
    private func rollBack() throws {
        try place.restoreSnapshot()
        try FileManager.default.removeItem(atPath: place.headFile)
        try FileManager.default.copyItem(atPath: place.headFile + ".old", toPath: place.headFile)
    }

    @Test("a ledger that is gone with all its populations is not begun anew on its head alone")
    func nothingKnown() throws {
        for _ in 0..<3 { try charge(try open(anchored: false), part) }
        let head = try Data(contentsOf: URL(fileURLWithPath: place.headFile))
        try place.removeDatabase()
        let refused = refusal { () throws(LedgerError) in try accept(anchored: false) }
        #expect(refused?.kind == .corrupt)
        #expect(refused?.description.contains("put back any copy") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.headFile)) == head)
        #expect(throws: LedgerError.self) { try charge(try open(anchored: false), part) }
    }

    @Test("an anchor that is behind the head still names the populations to charge in full")
    func anchorBehind() throws {
        try charge(try open(), part)
        try keep()
        let ledger = try open()
        try ledger.addPopulation("others", cap: cap, reason: "other people", time: time)
        try charge(ledger, part, population: "others")
        try charge(try open(anchored: false), part, population: "others")
        try place.restoreSnapshot()
        let losses = try accept()
        #expect(losses.map(\.population) == ["others", "people"])
        #expect(losses.map(\.isExact) == [false, false])
        for name in ["others", "people"] {
            let refused = refusal { () throws(LedgerError) in
                try charge(try open(), part, population: name)
            }
            #expect(refused?.kind == .budgetRefused, "\(name)")
        }
    }

    @Test("a head of a copy that was used without the anchor is not covered by its number")
    func forkedHead() throws {
        try charge(try open(), part)
        try keep()
        for _ in 0..<3 { try charge(try open(), part) }
        try rollBack()
        try charge(try open(anchored: false), part)
        try place.restoreSnapshot()
        #expect(try accept().map(\.isExact) == [false])
    }

    @Test("what a forked copy was charged is added to what the anchor knows, not set against it")
    func forked() throws {
        try charge(try open(), part)
        try keep()
        for _ in 0..<2 { try charge(try open(), part) }
        try rollBack()
        try charge(try open(anchored: false), part)
        let losses = try accept()
        #expect(losses.map(\.cost.rho.value) == [part * 2])
        #expect(losses.map(\.isExact) == [true])
        #expect(try spent() == part * 4)
    }

    @Test("a copy that no record of the anchor reaches is charged all that the anchor knows")
    func nothingShared() throws {
        try charge(try open(anchored: false), part)
        try Data().write(to: URL(fileURLWithPath: anchor))
        try keep()
        for _ in 0..<2 { try charge(try open(), part) }
        try rollBack()
        try accept()
        #expect(try spent() == part * 4)
    }

    @Test("a cap that was lowered in what is lost is lowered again")
    func loweredCap() throws {
        try charge(try open(), part)
        try keep()
        let lower = BudgetCap(epsilon: 1, delta: cap.delta)
        try open().setCap(of: "people", to: lower, reason: "board", time: time)
        try rollBack()
        try accept()
        #expect(try open().verify().state.cap(of: "people") == lower)
        let refused = refusal { () throws(LedgerError) in try charge(try open(), part) }
        #expect(refused?.kind == .capConflict)
    }

    @Test("a population that is known but was not charged keeps its cap")
    func uncharged() throws {
        try charge(try open(), part)
        let lower = BudgetCap(epsilon: 1, delta: cap.delta)
        try open().addPopulation("others", cap: lower, reason: "other people", time: time)
        try place.removeDatabase()
        try FileManager.default.removeItem(atPath: place.headFile)
        try accept()
        #expect(try open().verify().state.cap(of: "others") == lower)
        #expect(try spent() == part)
    }

    @Test("a loss counts under the limit of every type, recipient and window")
    func limits() throws {
        let half = BudgetCap(epsilon: 1, delta: cap.delta)
        let limits = PolicyLimits(
            windows: [.init(days: 30, cap: half)], releaseTypes: ["test-data": half],
            eachRecipient: half)
        let most = half.rho.value
        try charge(try open(), request(part, limits: limits, type: "test-data"))
        try keep()
        try charge(try open(), request(most - part, limits: limits, type: "test-data"))
        try rollBack()
        try accept()
        for later in [0, 31] {
            let refused = refusal { () throws(LedgerError) in
                try charge(
                    try open(),
                    request(
                        part, limits: limits, type: "test-data", at: time.adding(days: later)))
            }
            #expect(refused?.kind == .budgetRefused)
        }
        let standings = try open().current().allStandings(of: "people", at: time)
        #expect(standings.allSatisfy { $0.spent.rho.value == most })
    }

    @Test("of two live copies with one anchor the second mints nothing")
    func twoCopies() throws {
        try charge(try open(), part)
        try keep()
        // A process that runs on in a copy of the machine.
        let copy = place.scratch.path + "/copy.sqlite"
        try FileManager.default.copyItem(atPath: place.scratch.path + "/old.sqlite", toPath: copy)
        try FileManager.default.copyItem(
            atPath: place.headFile + ".old", toPath: copy + ".head")
        let second = try BudgetLedger(at: copy, createIfMissing: false, anchor: anchor)
        try charge(try open(), part)
        let known = try Data(contentsOf: URL(fileURLWithPath: anchor))
        for _ in 0..<3 {
            let refused = refusal { () throws(LedgerError) in try charge(second, part) }
            #expect(refused?.kind == .corrupt)
            #expect(try Data(contentsOf: URL(fileURLWithPath: anchor)) == known)
        }
        #expect(
            try second.current().reservations.dropFirst().allSatisfy {
                $0.outcome == .failed(reason: "not anchored")
            })
        try charge(try open(), part)
    }

    @Test("two processes that share one ledger share its anchor")
    func twoProcesses() throws {
        let first = try open()
        try charge(first, part)
        let second = try open()
        for _ in 0..<3 {
            try charge(first, part)
            try charge(second, part)
        }
        #expect(try spent() == part * 7)
    }
}
