// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Testing

@testable import Releases

@Suite("What killed runs leave in a folder")
struct LeftoversTests {
    private let place: ChargedPlace

    init() throws { place = try ChargedPlace() }

    private func swept() throws -> [String] {
        let names = try Leftovers.names(in: place.outputs)
        let folder = place.outputs + "/"
        return try Leftovers.report(names, in: place.outputs, of: place.state)
            .map { $0.replacingOccurrences(of: folder, with: "") }
    }

    @Test("files of releases that the ledger never charged are listed, and stay")
    func ofOthers() throws {
        try place.charge("mine", by: .gone)
        let others = ["other.measurements.json.partial", "other.tar.gz.partial"]
        for name in others + ["mine.measurements.json.partial", "mine.tar.gz.partial", "x.partial"]
        {
            try place.leave(name)
        }
        let lines = try swept()
        #expect(lines.count == 4, "\(lines)")
        for name in others {
            #expect(
                lines.contains { $0.hasPrefix("left    \(name): not of this ledger") }, "\(lines)")
        }
        #expect(try place.names == others + ["x.partial"])
    }

    @Test("files of a run that may be running elsewhere stay until its charge is closed")
    func elsewhere() throws {
        try place.charge(place.release, by: .elsewhere)
        let partials = [".measurements.json.partial", ".tar.gz.partial"].map { place.release + $0 }
        for name in partials { try place.leave(name) }
        try place.close()
        let lines = try swept()
        #expect(lines.count == 2, "\(lines)")
        let entry = try place.state.reservations[1].sequence
        for name in partials {
            #expect(
                lines.contains {
                    $0.hasPrefix("left    \(name): may be running elsewhere; --entry \(entry) ")
                }, "\(lines)")
        }
        #expect(try place.names == partials)
        try place.close([entry])
        #expect(try swept().allSatisfy { $0.hasPrefix("removed ") })
        #expect(try place.names.isEmpty)
    }

    @Test(
        "noisy measurements of a run that may be running elsewhere are not told to be a dead one's")
    func measured() throws {
        try place.charge(place.release, by: .elsewhere)
        let name = place.release + ".measurements.json"
        try place.leave(name)
        #expect(try swept().first?.hasPrefix("left    \(name): may be running") == true)
        try place.close([place.state.reservations[1].sequence])
        #expect(try swept().first?.hasPrefix("kept    \(name): noisy") == true)
    }

    @Test("files of a run of this machine stay while it runs, though their locks are not seen")
    func running() throws {
        try place.charge(place.release, by: .thisOne)
        let name = place.release + ".tar.gz.partial"
        try place.leave(name)
        #expect(try swept() == ["left    \(name): a run is writing it"])
        #expect(try place.names == [name])
    }

    @Test("one that cannot be removed is a line, and the sweep goes on")
    func folder() throws {
        for name in ["first", "second", "third"] {
            try place.charge(name, by: .gone)
            if name == "second" {
                try FileManager.default.createDirectory(
                    atPath: place.outputs + "/second.tar.gz.partial",
                    withIntermediateDirectories: false)
            } else {
                try place.leave(name + ".tar.gz.partial")
            }
        }
        let lines = try swept()
        #expect(
            lines == [
                "removed first.tar.gz.partial: half-written by a run that was killed",
                "left    second.tar.gz.partial: it is a folder, not a file",
                "removed third.tar.gz.partial: half-written by a run that was killed",
            ])
        #expect(try place.names == ["second.tar.gz.partial"])
    }

    @Test("no charge is closed where the folder is none or a file")
    func noFolder() throws {
        try place.charge(place.release, by: .gone)
        for outputs in [place.path + "/none", place.path + "/policy.yaml"] {
            let error = #expect(throws: ReleaseError.self) {
                try LedgerMaintenance.reconcile(
                    place.ledger, anchor: nil, entries: [], olderThan: 3, reason: "test",
                    outputs: outputs)
            }
            #expect(error?.status == .noInput)
        }
        #expect(try place.state.reservations[1].outcome == .open)
        let told = try LedgerMaintenance.reconcile(
            place.ledger, anchor: nil, entries: [], olderThan: 3, reason: "test",
            outputs: place.outputs)
        #expect(told.hasPrefix("closed  #"))
    }
}
