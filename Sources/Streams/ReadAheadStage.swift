// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Decompresses on a thread of its own, a few buffers ahead of whoever reads.
///
/// Decompression takes longer than everything else that is done to a table, so it must never wait.
final class ReadAheadStage: ByteStage {
    private static let bufferSize = 1 << 18
    private static let bufferCount = 6

    /// What the thread and the reader share; sendable because the lock guards all of it but `inner`, which
    /// only the thread touches.
    private final class Shared: @unchecked Sendable {
        let lock = NSCondition()
        let inner: ByteStage
        var full: [(bytes: [UInt8], count: Int)] = []
        var spare: [[UInt8]]
        var failure: StreamError?
        var isAtEnd = false
        var isStopped = false
        var consumed = 0

        init(_ inner: ByteStage) {
            self.inner = inner
            let buffer = [UInt8](repeating: 0, count: bufferSize)
            spare = (0..<bufferCount).map { _ in buffer }
        }

        /// Fills buffers until the end, a failure, or until nobody reads any more.
        func run() {
            while true {
                lock.lock()
                while spare.isEmpty, !isStopped { lock.wait() }
                guard !isStopped, var buffer = spare.popLast() else {
                    lock.unlock()
                    return
                }
                lock.unlock()
                var count = 0
                var fault: StreamError?
                do throws(StreamError) {
                    count = try inner.read(into: &buffer)
                } catch {
                    fault = error
                }
                lock.lock()
                consumed = inner.consumed
                if count > 0 { full.append((buffer, count)) }
                failure = fault
                isAtEnd = count == 0
                lock.broadcast()
                let isOver = isAtEnd || isStopped
                lock.unlock()
                if isOver { return }
            }
        }

        /// The next buffer, or nil at the end.
        func next() throws(StreamError) -> (bytes: [UInt8], count: Int)? {
            lock.lock()
            defer { lock.unlock() }
            while full.isEmpty, !isAtEnd { lock.wait() }
            if !full.isEmpty { return full.removeFirst() }
            if let failure { throw failure }
            return nil
        }

        /// Takes a buffer back.
        func recycle(_ buffer: [UInt8]) {
            lock.lock()
            spare.append(buffer)
            lock.broadcast()
            lock.unlock()
        }
    }

    private let shared: Shared
    private var current: (bytes: [UInt8], count: Int)?
    private var used = 0
    private var isStarted = false

    init(_ inner: ByteStage) { shared = Shared(inner) }

    deinit {
        shared.lock.lock()
        shared.isStopped = true
        shared.lock.broadcast()
        shared.lock.unlock()
    }

    override var consumed: Int {
        shared.lock.lock()
        defer { shared.lock.unlock() }
        return shared.consumed
    }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        var failure: StreamError?
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            do throws(StreamError) {
                return try unsafe read(into: bytes)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return count
    }

    override func read(into target: UnsafeMutableRawBufferPointer) throws(StreamError) -> Int {
        if !isStarted {
            isStarted = true
            let shared = self.shared
            Thread.detachNewThread { shared.run() }
        }
        if current == nil { current = try shared.next() }
        guard let (bytes, count) = current else { return 0 }
        // One reference only: the thread gets the buffer back to write into it.
        current = nil
        let taken = min(count - used, target.count)
        // In bounds: both counts are looked at.
        unsafe bytes.withUnsafeBytes { source in
            unsafe target.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[used..<used + taken]))
        }
        used += taken
        if used == count {
            used = 0
            shared.recycle(bytes)
        } else {
            current = (bytes, count)
        }
        return taken
    }
}
