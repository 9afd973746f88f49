// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@testable import Ledger
@testable import Privacy

/// The charges that writers were granted, until they are told to stop.
private final class Granted: Sendable {
    private let ids = Mutex<[String]>([])
    private let over = Atomic(false)
    var all: [String] { ids.withLock { $0 } }
    var isOver: Bool { over.load(ordering: .relaxed) }
    func add(_ id: String) { ids.withLock { $0.append(id) } }
    func end() { over.store(true, ordering: .relaxed) }
}

@Suite("Crashes around a ledger in PostgreSQL", .enabled(if: TestServer.binaries != nil))
struct PostgreSQLCrashTests {
    private let part = Rational(numerator: 1, denominator: 1000)

    private func place() throws -> PostgreSQLPlace {
        try PostgreSQLPlace(on: TestServer.shared.get())
    }

    @Test("four processes on one cap stop exactly at it")
    func processes() async throws {
        let place = try place()
        _ = try place.ledger()
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask { [url = place.url, head = place.headFile] in
                    await #expect(processExitsWith: .success) {
                        [url = url as String, head = head as String] in
                        let ledger = try BudgetLedger(
                            at: LedgerLocation(url, headFile: head),
                            createIfMissing: false, patience: 60)
                        for _ in 0..<10 {
                            do throws(LedgerError) {
                                try charge(ledger, cap.rho.value / Rational(20))
                            } catch {
                                guard error.kind == .budgetRefused else { throw error }
                            }
                        }
                    }
                }
            }
        }
        let state = try place.ledger().verify().state
        #expect(state.reservations.count == 20)
        #expect(state.spent("people") == PrivacyCost(cap.rho))
    }

    @Test("a process that is killed after its charge: the charge stays, open")
    func killedCharged() async throws {
        let place = try place()
        _ = try place.ledger()
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [url = place.url as String, head = place.headFile as String] in
            let ledger = try BudgetLedger(
                at: LedgerLocation(url, headFile: head), createIfMissing: false)
            try charge(ledger, Rational(numerator: 1, denominator: 1000))
            kill(getpid(), SIGKILL)
        }
        let ledger = try place.ledger()
        let state = try ledger.verify().state
        #expect(state.reservations.map(\.outcome) == [.open])
        #expect(state.spent("people") == PrivacyCost(Rho(part)))
        try charge(ledger, part)
    }

    @Test("a process that is killed with the lock in its hand leaves it, and nothing else")
    func killedDeciding() async throws {
        let place = try place()
        try place.filled()
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [url = place.url as String] in
            let store = try PostgreSQLStore(
                url: PostgreSQLURL(url), wasKnown: true, patience: 10)
            _ = try store.append(from: 1) { _ in
                kill(getpid(), SIGKILL)
                return ([], ())
            }
        }
        try charge(try place.ledger(), part)
        #expect(try place.ledger().verify().state.reservations.count == 4)
    }

    @Test("a server killed in the middle of charges comes back with every one that was granted")
    func serverKilled() throws {
        let server = try TestServer()
        let place = try PostgreSQLPlace(on: server)
        _ = try place.ledger()
        let step = Rational(numerator: 1, denominator: 1_000_000)
        let granted = Granted()
        let writers = (0..<3).map { _ in
            Aside {
                while !granted.isOver {
                    do throws(LedgerError) {
                        let ledger = try place.open(createIfMissing: false, patience: 10)
                        while !granted.isOver { granted.add(try charge(ledger, step).facts.id) }
                    } catch {
                        // The server is away, or on its way back; the ledger is never wrong.
                        #expect(error.kind == .unavailable || error.kind == .busy)
                        Thread.sleep(forTimeInterval: 0.05)
                    }
                }
            }
        }
        defer { granted.end() }
        for _ in 0..<3 {
            let before = granted.all.count
            try eventually("charges go on") { granted.all.count >= before + 15 }
            try server.kill()
            try server.start()
        }
        granted.end()
        for writer in writers { try writer.result() }
        let state = try place.ledger().verify().state
        let kept = Set(state.reservations.map(\.id))
        #expect(granted.all.allSatisfy { kept.contains($0) })
        #expect(kept.count >= 45)
    }
}
