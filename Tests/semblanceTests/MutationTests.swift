// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@Suite("Faults that the ledger must show")
struct MutationTests {
    /// Kills a release while noise is drawn.
    ///
    /// - Returns: The charges on record then, and after another release.
    private func chargesAfterKill(_ mutation: String?) throws -> (killed: Int, again: Int) {
        let place = try Workplace("quarterly")
        let environment = mutation.map { ["SEMBLANCE_MUTATION": $0] } ?? [:]
        let process = Process()
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = ["release", "release-2026q1.yaml"]
        process.currentDirectoryURL = URL(fileURLWithPath: place.path)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var seen = ""
        while !seen.contains("measuring") {
            let data = errors.fileHandleForReading.availableData
            if data.isEmpty { break }
            seen += String(decoding: data, as: UTF8.self)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(seen.contains("measuring"))
        let killed = try place.charges()
        // The fault has to be gone for a ledger without its charge to take another.
        let isLate = mutation == "charge-after-noise"
        let next = try place.semblance(
            "release", "release-2026q2.yaml", environment: isLate ? [:] : environment)
        #expect(next.status == 0, "\(next.errors)")
        return (killed, try place.charges())
    }

    @Test("without a fault a killed release stays charged, and the next is charged on top")
    func none() throws {
        let charges = try chargesAfterKill(nil)
        #expect(charges == (1, 2))
    }

    #if MUTANTS
        @Test("a charge that is not on disk while noise is drawn is missed when that run is killed")
        func chargeAfterNoise() throws {
            let charges = try chargesAfterKill("charge-after-noise")
            #expect(charges == (0, 1))
        }

        @Test("a ledger that gives back what was not finished forgets a killed release")
        func refundOnCrash() throws {
            let charges = try chargesAfterKill("refund-on-crash")
            #expect(charges == (1, 1))
        }
    #endif

    @Test("the switch for faults is set in the test command and nowhere else")
    func theSwitch() throws {
        // This file names it too.
        let name = "MUT" + "ANTS"
        let makefile = try String(contentsOfFile: package + "/Makefile", encoding: .utf8)
        let lines = makefile.split(separator: "\n").filter {
            $0.contains(name) && !$0.hasPrefix("#")
        }
        #expect(lines.count == 1)
        #expect(lines.allSatisfy { $0.hasPrefix("TEST :=") && $0.hasSuffix(" -Xswiftc -D" + name) })
        for target in ["BUILD :=", "install:"] {
            #expect(makefile.contains(target))
        }
        // Makefile and scripts use the test build for tests alone.
        let programs = makefile.split(separator: "\n").filter { $0.contains("$(TEST)") }
        #expect(programs.allSatisfy { $0.hasSuffix("$(TEST)") || $0.contains("$(TEST) --filter ") })
        for file in ["Package.swift", ".ci/run", "fixtures/demo.sh", "fixtures/generate.sh"] {
            let text = try String(contentsOfFile: package + "/" + file, encoding: .utf8)
            #expect(!text.contains(name), "\(file)")
        }
        let sources = try #require(
            FileManager.default.enumerator(atPath: package + "/Sources"))
        for case let file as String in sources where file.hasSuffix(".swift") {
            let text = try String(contentsOfFile: package + "/Sources/" + file, encoding: .utf8)
            guard text.contains(name) else { continue }
            // Sources ask for the switch and never set it.
            for line in text.split(separator: "\n") where line.contains(name) {
                let trimmed = line.drop { $0 == " " }
                #expect(trimmed.hasPrefix("#if ") || trimmed.hasPrefix("///"), "\(file)")
            }
        }
    }
}
