// SPDX-License-Identifier: Apache-2.0

import Streams
import Synchronization

/// The texts behind the tokens of an open column, in a private file.
///
/// Tokens are what is counted; a text is looked up only after a mechanism has named its token. Memory does
/// not grow with the number of texts: each thread remembers some that it wrote last, and one that
/// comes back later is written again.
final class TextSpill: Sendable {
    private let file: SpoolFile
    private let blocks = Mutex<[SpoolBlock]>([])

    init(in directory: String, encrypted: Bool) throws(StreamError) {
        file = try SpoolFile(in: directory, encrypted: encrypted)
    }

    fileprivate func append(_ buffer: [UInt8]) throws(StreamError) {
        var failure: StreamError?
        let block = unsafe buffer.withUnsafeBytes { bytes -> SpoolBlock? in
            do throws(StreamError) {
                return unsafe try file.append(bytes)
            } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        if let block { blocks.withLock { $0.append(block) } }
    }

    /// The texts of some tokens.
    ///
    /// - Parameter wanted: Keys of tokens.
    /// - Returns: The text of each.
    /// - Complexity: One pass over the file; memory of what is wanted.
    func texts(of wanted: Set<UInt128>) throws(StreamError) -> [UInt128: [UInt8]] {
        var found: [UInt128: [UInt8]] = [:]
        for block in blocks.withLock({ $0 }) where found.count < wanted.count {
            var buffer = [UInt8](repeating: 0, count: block.count)
            var failure: StreamError?
            unsafe buffer.withUnsafeMutableBytes { bytes in
                do throws(StreamError) {
                    try unsafe file.read(block, into: bytes)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            var place = 0
            while place < buffer.count {
                let key = (0..<16).reduce(UInt128(0)) { $0 << 8 | UInt128(buffer[place + $1]) }
                let start = place + Self.head
                place = start + Int(buffer[start - 2]) + Int(buffer[start - 1]) << 8
                guard wanted.contains(key), found[key] == nil else { continue }
                found[key] = Array(buffer[start..<place])
            }
        }
        return found
    }

    /// Bytes before a text: its token and its length.
    fileprivate static let head = 18
}

/// One thread's way into a spill of texts.
struct TextSpiller {
    private static let bufferBytes = 1 << 16
    private static let remembered = 1 << 14

    private let spill: TextSpill
    private var buffer: [UInt8] = []
    private var seen = [UInt128](repeating: 0, count: TextSpiller.remembered)

    init(_ spill: TextSpill) { self.spill = spill }

    /// Takes a text, unless it was taken lately.
    mutating func append(_ token: Token, _ text: ArraySlice<UInt8>) throws(StreamError) {
        let slot = Int(token.key % UInt128(Self.remembered))
        guard seen[slot] != token.key else { return }
        seen[slot] = token.key
        for shift in stride(from: UInt128(120), through: 0, by: -8) {
            buffer.append(UInt8(truncatingIfNeeded: token.key >> shift))
        }
        buffer.append(UInt8(truncatingIfNeeded: text.count))
        buffer.append(UInt8(truncatingIfNeeded: text.count >> 8))
        buffer.append(contentsOf: text)
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    /// Writes what is buffered.
    mutating func flush() throws(StreamError) {
        guard !buffer.isEmpty else { return }
        try spill.append(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
