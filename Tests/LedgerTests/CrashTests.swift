// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Privacy
import Testing

@testable import Ledger

/// The program that charges in a process of its own, beside the test runner.
private let writer: String? = {
    let runner =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return [runner, CommandLine.arguments.first ?? ""].map {
        URL(fileURLWithPath: $0).deletingLastPathComponent().path + "/ledger-writer"
    }.first { FileManager.default.isExecutableFile(atPath: $0) }
}()

@Suite("Processes that charge one ledger", .enabled(if: writer != nil), .serialized)
struct CrashTests {
    private func start(_ arguments: String..., output: FileHandle? = nil) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(writer))
        process.arguments = arguments
        process.standardOutput = output ?? FileHandle.nullDevice
        try process.run()
        return process
    }

    private func ledger(_ place: SQLitePlace) throws(LedgerError) -> BudgetLedger {
        try BudgetLedger(at: place.path, createIfMissing: false)
    }

    @Test("four processes that begin at once get exactly what the cap holds")
    func contention() throws {
        let place = try SQLitePlace()
        let processes = try (0..<4).map { index in
            let path = place.scratch.path + "/out-\(index)"
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            return (
                try start(
                    place.path, "charge", "20", "50",
                    output: FileHandle(forWritingAtPath: path)), path
            )
        }
        var granted = 0
        for (process, path) in processes {
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            granted += try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        }
        #expect(granted == 50)
        let state = try ledger(place).verify().state
        #expect(state.spent("people") == PrivacyCost(cap.rho))
        #expect(state.reservations.allSatisfy { $0.outcome == .committed(consumed: .zero) })
    }

    @Test("killed at any instant, nothing drawn is uncharged, and nothing charged is given back")
    func killed() throws {
        let place = try SQLitePlace()
        let log = place.scratch.path + "/drawn"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        var spent = Rational(0)
        for _ in 0..<20 {
            let process = try start(place.path, "loop", log, "100000")
            // Long enough to have begun, short enough to end at any point of a charge.
            usleep(UInt32.random(in: 5_000...120_000))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            guard FileManager.default.fileExists(atPath: place.path) else { continue }
            let state = try ledger(place).verify().state
            let now = state.spent("people").rho.value
            #expect(now >= spent)
            spent = now
        }
        let ledger = try ledger(place)
        let state = try ledger.verify().state
        let drawn = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        #expect(drawn.count > 20)
        for id in drawn { #expect(state.reservation(String(id)) != nil) }
        #expect(
            spent == cap.rho.value * Rational(state.reservations.count) / Rational(100_000))
        let open = state.reservations.filter { $0.outcome == .open }
        #expect(state.reservations.count - open.count <= drawn.count)
        // All of these processes are gone, so all are closed, and stay charged.
        let result = try ledger.reconcile(olderThan: 9_999_999, reason: "killed", time: time)
        #expect(result.closed.count == open.count)
        #expect(try ledger.verify().state.spent("people").rho.value == spent)
    }
}

@Suite("A ledger on a full disk", .enabled(if: geteuid() == 0), .serialized)
struct FullDiskTests {
    @Test("a full disk refuses the charge, keeps the chain, and is over when there is room again")
    func fullDisk() throws {
        let scratch = try Scratch()
        let folder = scratch.path + "/tiny"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        func shell(_ text: String) throws -> Int32 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", text]
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }
        // Nothing to see where mounting is forbidden.
        guard try shell("mount -t tmpfs -o size=400k tmpfs \(folder)") == 0 else { return }
        defer { _ = try? shell("umount \(folder)") }
        let path = folder + "/ledger.sqlite"
        let ledger = try BudgetLedger(at: path, createIfMissing: true)
        let part = Rational(numerator: 1, denominator: 1_000_000)
        var charges = 0
        var error: LedgerError?
        while error == nil, charges < 10_000 {
            error = refusal { () throws(LedgerError) in try charge(ledger, part) }
            if error == nil { charges += 1 }
        }
        #expect(error?.kind == .unavailable, "\(error?.description ?? "")")
        #expect(charges > 0)
        #expect(try shell("mount -o remount,size=8m \(folder)") == 0)
        try charge(ledger, part)
        let state = try BudgetLedger(at: path, createIfMissing: false).verify().state
        #expect(
            state.spent("people") == PrivacyCost(Rho(part * Rational(charges + 1))))
    }
}
