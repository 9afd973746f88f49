// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Streams
import Testing

@testable import Releases

@Suite("Where a release writes")
struct OutputsTests {
    private let place: ChargedPlace
    private let outputs: Outputs

    init() throws {
        place = try ChargedPlace()
        outputs = try Outputs(prepared: PreparedRelease(path: place.path + "/release.yaml"))
    }

    private var archive: String { place.release + ".tar.gz.partial" }
    private var measurements: String { place.release + ".measurements.json.partial" }

    /// Begins a run that ends at once, and tells what it removed.
    private func begin() throws(ReleaseError) -> [String] {
        var removed: [String] = []
        _ = try outputs.begin { removed.append(String($0.split(separator: "/").last ?? "")) }
        return removed
    }

    private func refused() throws -> String {
        let error = #expect(throws: ReleaseError.self) { try begin() }
        #expect(error?.status == .cannotCreate)
        return try #require(error?.message)
    }

    @Test("a second run of a release is refused before it touches the archive of the first")
    func second() throws {
        var first = try outputs.begin { _ in }
        // That of the first, in the instant before it is locked.
        try place.leave(archive)
        #expect(try refused().contains("another run is writing it"))
        #expect(try place.names == [measurements, archive])
        try first.write([1])
        try first.commit()
        #expect(try refused().contains("a release never overwrites one"))
        #expect(try place.names == [place.release + ".measurements.json", archive])
    }

    @Test("what a killed run left is removed and told, and a run that is dropped leaves nothing")
    func killed() throws {
        try place.charge(place.release, by: .gone)
        for name in [measurements, archive] { try place.leave(name) }
        #expect(try begin() == [measurements, archive])
        #expect(try place.names.isEmpty)
    }

    @Test("half-written files of a run that may be running stay, and the release is refused")
    func elsewhere() throws {
        try place.charge(place.release, by: .elsewhere)
        #expect(try begin().isEmpty)
        for name in [measurements, archive] {
            try place.leave(name)
            let entry = try place.state.reservations[1].sequence
            let message = try refused()
            #expect(message.contains("which may be running (ledger entry \(entry))"), "\(message)")
            #expect(message.contains("--entry \(entry)'"), "\(message)")
        }
        #expect(try place.names == [measurements, archive])
        try place.close([place.state.reservations[1].sequence])
        #expect(try begin() == [measurements, archive])
    }

    @Test("half-written files of a run of this machine stay while it runs")
    func running() throws {
        try place.charge(place.release, by: .thisOne)
        try place.leave(archive)
        #expect(try refused().contains("another run of this release is at it now"))
        #expect(try place.names == [archive])
    }
}
