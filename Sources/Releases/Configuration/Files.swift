// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// Small files read whole: configuration, schemas, keys.
///
/// Tables never come this way.
enum Files {
    /// No configuration file is larger.
    static let limit = 64 << 20

    /// The bytes of a small file.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - what: What the file is, for the message.
    /// - Returns: The bytes.
    /// - Throws: `ReleaseError` with status `noInput`.
    static func read(_ path: String, what: String) throws(ReleaseError) -> [UInt8] {
        // Mounted secrets are links to files.
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let values = try? url.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
        guard let values else {
            throw ReleaseError(.noInput, "no such file: \(path): expected the \(what)")
        }
        guard values.isRegularFile == true, (values.fileSize ?? 0) <= limit else {
            throw ReleaseError(.noInput, "not a file of that kind: \(path): expected the \(what)")
        }
        guard let data = try? Data(contentsOf: url) else {
            throw ReleaseError(
                .noInput, "cannot read: \(path): check the permissions of the \(what)")
        }
        return [UInt8](data)
    }

    /// The text of a small UTF-8 file.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - what: What the file is, for the message.
    /// - Returns: The text.
    /// - Throws: `ReleaseError` with status `noInput` or `configuration`.
    static func text(_ path: String, what: String) throws(ReleaseError) -> String {
        let bytes = try read(path, what: what)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ReleaseError(.configuration, "not UTF-8 text: \(path): expected the \(what)")
        }
        return text
    }

    /// Fails now where a file could not be written after a long run.
    ///
    /// - Parameter path: A file that shall be made or replaced.
    /// - Throws: `ReleaseError` with status `cannotCreate`.
    static func checkPlace(of path: String) throws(ReleaseError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw ReleaseError(
                .cannotCreate,
                "cannot write: \(path): expected a folder that is there and can be written; "
                    + "make it, or name another")
        }
    }

    /// SHA-256 in lower-case hexadecimal.
    ///
    /// - Parameter bytes: The bytes.
    /// - Returns: 64 hexadecimal digits.
    static func sha256(_ bytes: [UInt8]) -> String {
        hexadecimal(SHA256.hash(data: bytes))
    }

    /// Lower-case hexadecimal.
    ///
    /// - Parameter bytes: The bytes.
    /// - Returns: Two digits a byte.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
