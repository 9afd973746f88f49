// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Streams
import Testing

/// A full disk: a file system of 64 KiB, where the test may mount one.
@Suite("A full disk", .enabled(if: geteuid() == 0), .serialized)
struct DiskFullTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Runs an action with a folder that has room for 64 KiB; nothing happens where mounting is
    /// forbidden.
    private func full(_ action: (String) throws -> Void) throws {
        let folder = scratch("tiny")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        guard try run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status == 0
        else { return }
        defer { _ = try? run("umount", [folder]) }
        try action(folder)
    }

    private func fill(_ write: (borrowing Span<UInt8>) throws -> Void) throws {
        let piece = [UInt8](repeating: 1, count: 1 << 15)
        for _ in 0..<64 { try write(piece.span) }
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
    }

    @Test("ends the writing of an atomic file and leaves nothing")
    func atomic() throws {
        try full { folder in
            let found = try kind {
                var file = try AtomicFile(
                    creating: folder + "/out", replacing: false, mode: 0o644)
                try fill { try file.write($0) }
                try file.commit()
            }
            #expect(found == .diskFull)
            #expect(try names(folder).isEmpty)
        }
    }

    @Test("ends the writing of a private file")
    func spool() throws {
        try full { folder in
            let found = try kind {
                var file = try PrivateFile(in: folder)
                try fill { try file.append($0) }
            }
            #expect(found == .diskFull)
        }
    }

    @Test("ends the writing of an archive and leaves nothing")
    func archive() throws {
        var word: UInt32 = 1
        let noise = (0..<400_000).map { _ in
            word = word &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: word >> 24)
        }
        try full { folder in
            let found = try kind {
                var writer = try ArchiveWriter(
                    creating: folder + "/out.tar.gz", modificationTime: 0, replacing: false)
                try writer.add(name: "a/noise", bytes: noise)
                try writer.finish()
            }
            #expect(found == .diskFull)
            #expect(try names(folder).isEmpty)
        }
    }
}
