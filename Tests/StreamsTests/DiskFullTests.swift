// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Streams
import Testing

/// A full disk, simulated by the kernel's limit on the size of files: a limit on this process, so
/// one test at a time, and far above what other tests write.
@Suite("A full disk", .serialized)
struct DiskFullTests {
    private static let limit = 32 << 20
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func limited<Result>(_ action: () throws -> Result) throws -> Result {
        // Without a handler the signal would end the process before write(2) can fail.
        let handler = signal(SIGXFSZ, SIG_IGN)
        defer { signal(SIGXFSZ, handler) }
        var old = rlimit()
        try #require(unsafe getrlimit(__rlimit_resource_t(1), &old) == 0)
        var new = rlimit(rlim_cur: rlim_t(Self.limit), rlim_max: old.rlim_max)
        try #require(unsafe setrlimit(__rlimit_resource_t(1), &new) == 0)
        defer { unsafe setrlimit(__rlimit_resource_t(1), &old) }
        return try action()
    }

    private func fill(_ write: (borrowing Span<UInt8>) throws -> Void) throws {
        let piece = [UInt8](repeating: 1, count: 1 << 20)
        for _ in 0...(Self.limit >> 20) { try write(piece.span) }
    }

    @Test("ends the writing of an atomic file and leaves nothing")
    func atomic() throws {
        let found = try limited {
            try kind {
                var file = try AtomicFile(creating: scratch("out"), replacing: false, mode: 0o644)
                try fill { try file.write($0) }
                try file.commit()
            }
        }
        #expect(found == .diskFull)
        #expect(try scratch.names.isEmpty)
    }

    @Test("ends the writing of a private file")
    func spool() throws {
        let found = try limited {
            try kind {
                var file = try PrivateFile(in: scratch.path)
                try fill { try file.append($0) }
            }
        }
        #expect(found == .diskFull)
    }

    @Test("ends the writing of an archive and leaves nothing")
    func archive() throws {
        var word: UInt32 = 1
        let noise = (0..<Self.limit + 400_000).map { _ in
            word = word &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: word >> 24)
        }
        let found = try limited {
            try kind {
                var writer = try ArchiveWriter(
                    creating: scratch("out.tar.gz"), modificationTime: 0, replacing: false)
                try writer.add(name: "a/noise", bytes: noise)
                try writer.finish()
            }
        }
        #expect(found == .diskFull)
        #expect(try scratch.names.isEmpty)
    }

    @Test(
        "ends the writing on a device that is really full",
        .enabled(if: geteuid() == 0 && FileManager.default.fileExists(atPath: "/dev/full")))
    func device() throws {
        // A partial file cannot be a device, so the folder is one: a tmpfs of one page.
        let folder = scratch("tiny")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        guard try run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status == 0
        else { return }
        defer { _ = try? run("umount", [folder]) }
        let found = try kind {
            var file = try AtomicFile(creating: folder + "/out", replacing: false, mode: 0o644)
            try fill { try file.write($0) }
            try file.commit()
        }
        #expect(found == .diskFull)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}
