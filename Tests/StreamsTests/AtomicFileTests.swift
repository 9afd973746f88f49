// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Streams
import Testing

@Suite("An atomic file")
struct AtomicFileTests {
    private let scratch: Scratch
    private let text = Array("one\ntwo\n".utf8)

    init() throws { scratch = try Scratch() }

    private func mode(_ name: String) throws -> UInt32 {
        var status = stat()
        try #require(unsafe stat(scratch(name), &status) == 0)
        return status.st_mode & 0o7777
    }

    @Test("appears with its bytes at the commit and not before")
    func commit() throws {
        var file = try AtomicFile(creating: scratch("out"), replacing: false, mode: 0o644)
        try file.write(text)
        try file.write(text.span)
        #expect(try scratch.names == ["out.partial"])
        try file.commit()
        #expect(try scratch.names == ["out"])
        #expect(try scratch.bytes("out") == text + text)
    }

    @Test("may be empty")
    func empty() throws {
        try AtomicFile(creating: scratch("out"), replacing: false, mode: 0o600).commit()
        #expect(try scratch.bytes("out").isEmpty)
    }

    @Test("leaves nothing when it is dropped")
    func dropped() throws {
        func drop() throws {
            var file = try AtomicFile(creating: scratch("out"), replacing: false, mode: 0o644)
            try file.write(text)
        }
        try drop()
        #expect(try scratch.names.isEmpty)
    }

    @Test("dropped in place of an existing file leaves that as it was")
    func droppedReplacement() throws {
        try scratch.file("out", [1])
        func drop() throws {
            var file = try AtomicFile(creating: scratch("out"), replacing: true, mode: 0o644)
            try file.write(text)
        }
        try drop()
        #expect(try scratch.names == ["out"])
        #expect(try scratch.bytes("out") == [1])
    }

    @Test("is refused where a file is, unless it may replace it")
    func exists() throws {
        let path = try scratch.file("out", [1])
        let found = try kind { _ = try AtomicFile(creating: path, replacing: false, mode: 0o644) }
        #expect(found == .exists)
        #expect(try scratch.names == ["out"])
        var file = try AtomicFile(creating: path, replacing: true, mode: 0o644)
        try file.write(text)
        try file.commit()
        #expect(try scratch.bytes("out") == text)
    }

    @Test("does not overwrite a file that appeared meanwhile")
    func overtaken() throws {
        let file = try AtomicFile(creating: scratch("out"), replacing: false, mode: 0o644)
        try scratch.file("out", [1])
        var found: StreamError.Kind?
        do throws(StreamError) { try file.commit() } catch { found = error.kind }
        #expect(found == .exists)
        #expect(try scratch.names == ["out"])
        #expect(try scratch.bytes("out") == [1])
    }

    @Test("has the mode it was given", arguments: [0o600, 0o644] as [UInt32])
    func permissions(given: UInt32) throws {
        try AtomicFile(creating: scratch("out"), replacing: false, mode: given).commit()
        let mask = umask(0o022)
        umask(mask)
        #expect(try mode("out") == given & ~mask)
    }

    @Test("does not inherit the mode of a partial file that a dead run left")
    func stale() throws {
        try scratch.file("out.partial", Array(repeating: 7, count: 100))
        try #require(unsafe chmod(scratch("out.partial"), 0o666) == 0)
        var file = try AtomicFile(creating: scratch("out"), replacing: false, mode: 0o600)
        try file.write(text)
        try file.commit()
        #expect(try scratch.names == ["out"])
        #expect(try scratch.bytes("out") == text)
        #expect(try mode("out") == 0o600)
    }

    @Test("of a dead run is removed on request, that of a running one never")
    func leftover() throws {
        let path = scratch("out")
        #expect(try AtomicFile.removeLeftover(of: path) == .absent)
        try scratch.file("out.partial", text)
        #expect(try AtomicFile.removeLeftover(of: path) == .removed(path + ".partial"))
        #expect(try scratch.names.isEmpty)
        var file = try AtomicFile(creating: path, replacing: false, mode: 0o644)
        try file.write(text)
        #expect(try AtomicFile.removeLeftover(of: path) == .running(path + ".partial"))
        try file.commit()
        #expect(try AtomicFile.removeLeftover(of: path) == .absent)
        #expect(try scratch.bytes("out") == text)
    }

    @Test("a link in the place of a leftover is not followed, and stays")
    func linkedLeftover() throws {
        let victim = try scratch.file("victim", [1])
        try #require(unsafe symlink(victim, scratch("out.partial")) == 0)
        let found = try kind { _ = try AtomicFile.removeLeftover(of: scratch("out")) }
        #expect(found == .notWritable)
        #expect(try scratch.names == ["out.partial", "victim"])
    }

    @Test("is refused while another writer is at it, whose file stays whole")
    func concurrent() throws {
        var file = try AtomicFile(creating: scratch("out"), replacing: true, mode: 0o644)
        try file.write(text)
        let found = try kind {
            _ = try AtomicFile(creating: scratch("out"), replacing: true, mode: 0o644)
        }
        #expect(found == .exists)
        try file.commit()
        #expect(try scratch.bytes("out") == text)
        try AtomicFile(creating: scratch("out"), replacing: true, mode: 0o644).commit()
        #expect(try scratch.bytes("out").isEmpty)
    }

    @Test("does not write through a link in the place of its partial file")
    func link() throws {
        let victim = try scratch.file("victim", [1])
        try #require(unsafe symlink(victim, scratch("out.partial")) == 0)
        let found = try kind {
            _ = try AtomicFile(creating: scratch("out"), replacing: true, mode: 0o644)
        }
        #expect(found == .notWritable)
        #expect(try scratch.bytes("victim") == [1])
    }

    @Test("takes the place of no folder and no device")
    func special() throws {
        let folder = try kind {
            _ = try AtomicFile(creating: scratch.path, replacing: true, mode: 0o644)
        }
        #expect(folder == .isDirectory)
        try #require(unsafe mkfifo(scratch("pipe"), 0o600) == 0)
        let pipe = try kind {
            _ = try AtomicFile(creating: scratch("pipe"), replacing: true, mode: 0o644)
        }
        #expect(pipe == .notWritable)
        #expect(try scratch.names == ["pipe"])
    }

    @Test("cannot be made in a folder that is not there, or in a file")
    func unwritable() throws {
        let below = try scratch.file("plain", text) + "/out"
        for path in [scratch("none/out"), below, "/proc/out"] {
            let error = #expect(throws: StreamError.self) {
                _ = try AtomicFile(creating: path, replacing: false, mode: 0o644)
            }
            #expect(error?.kind == .notWritable)
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test("cannot be made without permission", .enabled(if: geteuid() != 0))
    func forbidden() throws {
        try #require(unsafe chmod(scratch.path, 0o500) == 0)
        let found = try kind {
            _ = try AtomicFile(creating: scratch("out"), replacing: false, mode: 0o644)
        }
        #expect(found == .notWritable)
    }

    @Test("is named relative to the working folder as well")
    func relative() throws {
        let name = "semblance-\(UUID().uuidString)"
        try AtomicFile(creating: name, replacing: false, mode: 0o600).commit()
        #expect(unsafe unlink(name) == 0)
    }
}
