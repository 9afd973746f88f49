// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Releases

/// Runs a program of the system; `nil` where it is not installed.
func tool(_ name: String, _ arguments: [String], input: Data? = nil, in folder: String) throws -> (
    status: Int32, output: String
)? {
    let path = ["/usr/bin/", "/bin/"].map { $0 + name }.first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let path else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    if let input {
        let file = folder + "/.input"
        try input.write(to: URL(fileURLWithPath: file))
        process.standardInput = FileHandle(forReadingAtPath: file)
    } else {
        process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

/// A folder that goes away with the test.
final class Folder {
    let path: String
    init() throws {
        path = NSTemporaryDirectory() + "/releases-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    func write(_ text: String, _ name: String, mode: Int = 0o600) throws {
        _ = FileManager.default.createFile(
            atPath: path + "/" + name, contents: Data(text.utf8),
            attributes: [.posixPermissions: mode])
    }
}

let hasSSHKeygen = FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen")

@Suite("SSH signatures")
struct SignatureTests {
    private let message = Array("0123  data.csv\n".utf8)
    private let space = "dp-release-v1"

    @Test("a key read back signs the same bytes the same way")
    func keyRoundTrip() throws {
        let key = SigningKey()
        let again = try SigningKey(openSSH: key.openSSHText(comment: "a comment"))
        #expect(again.publicBlob == key.publicBlob)
        #expect(
            try again.signature(of: message, namespace: space)
                == key.signature(of: message, namespace: space))
    }

    @Test("a signature is for one message, one purpose and one key")
    func signatureIsSpecific() throws {
        let key = SigningKey()
        let text = try key.signature(of: message, namespace: space)
        let parsed = try #require(SSHSignature(text: text))
        #expect(parsed.isValid(for: message, namespace: space))
        #expect(!parsed.isValid(for: message + [0], namespace: space))
        #expect(!parsed.isValid(for: message, namespace: "file"))
        #expect(parsed.publicBlob == key.publicBlob)
    }

    @Test("ssh-keygen accepts our key and our signature", .enabled(if: hasSSHKeygen))
    func stockToolAccepts() throws {
        let folder = try Folder()
        let key = SigningKey()
        try folder.write(key.openSSHText(comment: "us"), "key")
        try folder.write(
            "us@x namespaces=\"\(space)\" \(key.publicLine(comment: "us"))\n", "allowed")
        try folder.write(try key.signature(of: message, namespace: space), "sig")
        let shown = try #require(try tool("ssh-keygen", ["-y", "-f", "key"], in: folder.path))
        #expect(shown.output.hasPrefix(key.publicLine(comment: "us")))
        func verify(_ namespace: String, _ bytes: [UInt8], _ identity: String) throws -> Int32? {
            try tool(
                "ssh-keygen",
                [
                    "-Y", "verify", "-f", "allowed", "-I", identity, "-n", namespace, "-s", "sig",
                ], input: Data(bytes), in: folder.path)?.status
        }
        #expect(try verify(space, message, "us@x") == 0)
        #expect(try verify(space, message + [10], "us@x") != 0)
        #expect(try verify("file", message, "us@x") != 0)
        #expect(try verify(space, message, "other@x") != 0)
    }

    @Test("we accept what ssh-keygen signs", .enabled(if: hasSSHKeygen))
    func weAcceptStockSignature() throws {
        let folder = try Folder()
        _ = try tool(
            "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "c", "-f", "key"],
            in: folder.path)
        try folder.write(String(decoding: message, as: UTF8.self), "sums")
        _ = try tool(
            "ssh-keygen", ["-q", "-Y", "sign", "-f", "key", "-n", space, "sums"], in: folder.path)
        let text = try String(contentsOfFile: folder.path + "/sums.sig", encoding: .utf8)
        let parsed = try #require(SSHSignature(text: text))
        #expect(parsed.isValid(for: message, namespace: space))
        let key = try SigningKey(
            openSSH: String(contentsOfFile: folder.path + "/key", encoding: .utf8))
        #expect(key.publicBlob == parsed.publicBlob)
    }

    @Test("a key with a passphrase is refused with the reason", .enabled(if: hasSSHKeygen))
    func passphrase() throws {
        let folder = try Folder()
        _ = try tool(
            "ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret-words", "-f", "key"],
            in: folder.path)
        let text = try String(contentsOfFile: folder.path + "/key", encoding: .utf8)
        let error = #expect(throws: SigningError.self) { try SigningKey(openSSH: text) }
        #expect(error?.description.contains("passphrase") == true)
    }

    @Test("damaged keys and signatures are refused and never crash")
    func damage() throws {
        let key = SigningKey()
        let keyText = Array(key.openSSHText(comment: "x").utf8)
        let signature = Array(try key.signature(of: message, namespace: space).utf8)
        var state: UInt64 = 5
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for round in 0..<2000 {
            var bytes = round % 2 == 0 ? keyText : signature
            if next(2) == 0 {
                bytes.removeLast(next(bytes.count))
            } else {
                bytes[next(bytes.count)] = UInt8(next(256))
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if round % 2 == 0 {
                if let read = try? SigningKey(openSSH: text) {
                    #expect(read.publicBlob == key.publicBlob)
                }
            } else if let read = SSHSignature(text: text),
                read.isValid(for: message, namespace: space)
            {
                #expect(read.publicBlob == key.publicBlob)
            }
        }
    }
}

@Suite("Allowed signers")
struct AllowedSignersTests {
    private let key = SigningKey()

    private func principal(_ line: String, identity: String?, time: String = "20260601120000")
        -> String?
    {
        AllowedSigners(text: "# comment\n\n" + line + "\n").principal(
            of: key.publicBlob, namespace: "dp-release-v1", identity: identity, time: time)
    }

    @Test("principals match by name and by pattern")
    func principals() {
        let line = "a@x,*@y,!evil@y \(key.publicLine(comment: "c"))"
        #expect(principal(line, identity: "a@x") == "a@x")
        #expect(principal(line, identity: "who@y") == "who@y")
        #expect(principal(line, identity: "evil@y") == nil)
        #expect(principal(line, identity: "a@z") == nil)
        #expect(principal(line, identity: nil) == "a@x,*@y,!evil@y")
    }

    @Test("options restrict purpose and time, and an unknown one trusts nobody")
    func options() {
        let tail = key.publicLine(comment: "c")
        #expect(principal("a namespaces=\"dp-release-v1,file\" \(tail)", identity: "a") == "a")
        #expect(principal("a namespaces=\"file\" \(tail)", identity: "a") == nil)
        #expect(principal("a valid-after=\"20270101\" \(tail)", identity: "a") == nil)
        #expect(principal("a valid-after=\"20260101\" \(tail)", identity: "a") == "a")
        #expect(principal("a valid-before=\"20260601\" \(tail)", identity: "a") == nil)
        #expect(principal("a valid-before=\"20260602\" \(tail)", identity: "a") == "a")
        #expect(principal("a valid-after=\"tomorrow\" \(tail)", identity: "a") == nil)
        #expect(principal("a frobnicate=\"1\" \(tail)", identity: "a") == nil)
        #expect(principal("a cert-authority \(tail)", identity: "a") == nil)
    }

    @Test("another key is nobody's")
    func otherKey() {
        #expect(principal("a \(SigningKey().publicLine(comment: "c"))", identity: "a") == nil)
    }
}

@Suite("Key files")
struct KeyFilesTests {
    @Test("keys are made once, for their owner alone, and are read back")
    func create() throws {
        let folder = try Folder()
        _ = try KeyFiles.create(in: folder.path + "/k", identity: "a@x")
        for name in ["release_ed25519", "watermark.key"] {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: folder.path + "/k/" + name)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
        _ = try KeyFiles.signingKey(at: folder.path + "/k/release_ed25519")
        #expect(try KeyFiles.master(at: folder.path + "/k/watermark.key").count == 32)
        let again = #expect(throws: ReleaseError.self) {
            try KeyFiles.create(in: folder.path + "/k", identity: "a@x")
        }
        #expect(again?.status == .cannotCreate)
    }

    @Test("a link to a secret is followed, and its target's mode counts")
    func links() throws {
        let folder = try Folder()
        _ = try KeyFiles.create(in: folder.path + "/k", identity: "a@x")
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: folder.path + "/k/watermark.key")
        #expect(try KeyFiles.master(at: link).count == 32)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: folder.path + "/k/watermark.key")
        #expect(throws: ReleaseError.self) { try KeyFiles.master(at: link) }
    }

    @Test(
        "an identity that means more than itself is refused",
        arguments: ["*", "a?", "!a", "#a", "a b", "a,b", "", "ä"])
    func identities(identity: String) throws {
        let folder = try Folder()
        let error = #expect(throws: ReleaseError.self) {
            try KeyFiles.create(in: folder.path + "/k", identity: identity)
        }
        #expect(error?.status == .usage)
    }

    @Test("a watermark key of other signs than digits is refused")
    func notHexadecimal() throws {
        let folder = try Folder()
        try folder.write(String(repeating: "+f", count: 32), "w")
        #expect(throws: ReleaseError.self) { try KeyFiles.master(at: folder.path + "/w") }
    }
}

@Suite("Checksum list")
struct ChecksumListTests {
    private let digest = String(repeating: "a1", count: 32)

    @Test("a list reads back as it was written, sorted by name")
    func roundTrip() {
        let list = ChecksumList(entries: [
            .init(name: "b/x", sha256: digest), .init(name: "a", sha256: digest),
        ])
        #expect(list.text == "\(digest)  a\n\(digest)  b/x\n")
        #expect(ChecksumList(text: list.text) == list)
    }

    @Test(
        "malformed lists are refused",
        arguments: [
            "x", "abc  name\n", "\n", "DIGEST name\n", "DIGEST  a\nDIGEST  a\n", "DIGEST  a",
        ])
    func malformed(text: String) {
        #expect(ChecksumList(text: text.replacing("DIGEST", with: digest)) == nil)
    }

    @Test("sha256sum accepts the list and finds a change")
    func stockTool() throws {
        let folder = try Folder()
        try folder.write("hello\n", "a b.txt")
        let sums = ChecksumList(entries: [
            .init(name: "a b.txt", sha256: Files.sha256(Array("hello\n".utf8)))
        ])
        try folder.write(sums.text, "SUMS")
        let arguments = ["-c", "--strict", "--quiet", "SUMS"]
        guard let good = try tool("sha256sum", arguments, in: folder.path) else { return }
        #expect(good.status == 0)
        try folder.write("hallo\n", "a b.txt")
        #expect(try tool("sha256sum", arguments, in: folder.path)?.status != 0)
    }
}
