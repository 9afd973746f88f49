// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Streams
import Testing

@Suite("A private file")
struct PrivateFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("has no name, no links, and no reader but its owner")
    func nameless() throws {
        let before = try descriptors()
        var file = try PrivateFile(in: scratch.path)
        try file.append([1, 2, 3 as UInt8].span)
        #expect(try scratch.names.isEmpty)
        // Other tests open files at the same time; this one is in the scratch folder.
        let folder = scratch.path
        let own = try descriptors().filter { !before.contains($0) && $0.target.hasPrefix(folder) }
        let found = try #require(own.first)
        var status = stat()
        try #require(unsafe fstat(found.number, &status) == 0)
        #expect(status.st_nlink == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
        #expect(fcntl(found.number, F_GETFD) & FD_CLOEXEC != 0)
        #expect(file.byteCount == 3)
    }

    private struct Descriptor: Equatable {
        let number: Int32
        let target: String
    }

    private func descriptors() throws -> [Descriptor] {
        let folder = "/proc/self/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "\(folder)/\(name)")
            guard let number = Int32(name), let target else { return nil }
            return Descriptor(number: number, target: target)
        }
    }

    @Test("gives back bytes from any place")
    func positions() throws {
        var file = try PrivateFile(in: scratch.path)
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        try file.append(Array(bytes[..<10]).span)
        var buffer = [UInt8](repeating: 0, count: 4)
        #expect(try file.read(at: 8, into: &buffer) == 2)
        // Reading does not move the place where appending goes on.
        try file.append(Array(bytes[10...]).span)
        #expect(file.byteCount == 1_000)
        for offset in [0, 1, 9, 500, 996] {
            #expect(try file.read(at: offset, into: &buffer) == 4)
            #expect(buffer == Array(bytes[offset..<(offset + 4)]))
        }
        #expect(try file.read(at: 998, into: &buffer) == 2)
        #expect(try file.read(at: 1_000, into: &buffer) == 0)
        #expect(try file.read(at: 5_000, into: &buffer) == 0)
        var none: [UInt8] = []
        #expect(try file.read(at: 0, into: &none) == 0)
    }

    @Test("keeps 16-bit integers at element offsets")
    func elements() throws {
        var file = try PrivateFile(in: scratch.path)
        let values = (0..<300).map { UInt16(truncatingIfNeeded: $0 * 251) }
        try file.append(Array(values[..<100]).span)
        try file.append(Array(values[100...]).span)
        #expect(file.byteCount == 600)
        var buffer = [UInt16](repeating: 0, count: 7)
        for element in [0, 1, 99, 293] {
            #expect(try file.read(atElement: element, into: &buffer) == 7)
            #expect(buffer == Array(values[element..<(element + 7)]))
        }
        #expect(try file.read(atElement: 298, into: &buffer) == 2)
        #expect(try file.read(atElement: 300, into: &buffer) == 0)
    }

    @Test("appends nothing for an empty span")
    func empty() throws {
        var file = try PrivateFile(in: scratch.path)
        try file.append([UInt8]().span)
        try file.append([UInt16]().span)
        #expect(file.byteCount == 0)
    }

    @Test("cannot be made in a folder that is not there, or in a file")
    func unwritable() throws {
        let plain = try scratch.file("plain", [])
        for path in [scratch("none"), plain] {
            #expect(try kind { _ = try PrivateFile(in: path) } == .notWritable)
        }
    }
}
