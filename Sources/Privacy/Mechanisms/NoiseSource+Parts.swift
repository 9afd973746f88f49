// SPDX-License-Identifier: Apache-2.0

import Glibc

extension NoiseSource {
    /// The fewest counts that are worth a thread.
    static let countsPerThread = 1 << 16

    /// Runs `body` on disjoint parts of a span that together are all of it, on every processor.
    ///
    /// A short span is one part and uses this source; of a long one, each thread's part comes with a source
    /// keyed anew by the operating system, so no two threads share bits. Without entropy for one the
    /// program stops.
    mutating func forEachPart(
        of counts: inout MutableSpan<Int64>,
        threads limit: Int = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
        _ body: @Sendable @escaping (inout MutableSpan<Int64>, inout NoiseSource) -> Void
    ) {
        let threads = min(limit, counts.count / Self.countsPerThread)
        guard threads > 1 else { return body(&counts, &self) }
        // Each work item below has its own part of the buffer, and all are done before the span is used
        // again: the threads are joined here.
        unsafe counts.withUnsafeMutableBufferPointer { buffer in
            let size = (buffer.count + threads - 1) / threads
            let parts = stride(from: 0, to: buffer.count, by: size).map { start in
                unsafe SpanPart(
                    counts: UnsafeMutableBufferPointer(
                        rebasing: buffer[start..<min(start + size, buffer.count)]),
                    body: body)
            }
            let others = parts.dropFirst().map { part in (part, part.start()) }
            parts[0].run()
            for (part, thread) in others {
                // A thread that could not be started leaves its part to this one.
                if let thread { pthread_join(thread, nil) } else { part.run() }
            }
        }
    }
}

/// A part of a span and what is to be done to it, handed to one thread.
@safe
private final class SpanPart: @unchecked Sendable {
    // Safe and sendable although it holds a pointer: parts are disjoint, one thread runs each, and the
    // owner of the span waits for it.
    private let counts: UnsafeMutableBufferPointer<Int64>
    private let body: @Sendable (inout MutableSpan<Int64>, inout NoiseSource) -> Void

    init(
        counts: UnsafeMutableBufferPointer<Int64>,
        body: @Sendable @escaping (inout MutableSpan<Int64>, inout NoiseSource) -> Void
    ) {
        unsafe self.counts = counts
        self.body = body
    }

    func run() {
        guard var source = try? NoiseSource() else {
            preconditionFailure("the operating system gave no random bytes")
        }
        // In bounds: the span is that of the part.
        var span = unsafe counts.mutableSpan
        body(&span, &source)
    }

    /// - Returns: `nil` when the system has no thread to spare.
    func start() -> pthread_t? {
        var thread = pthread_t()
        // The thread takes over the count of this reference.
        let context = unsafe Unmanaged.passRetained(self)
        let failure = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                let part = unsafe Unmanaged<SpanPart>.fromOpaque(context).takeRetainedValue()
                part.run()
                return nil
            }, unsafe context.toOpaque())
        guard failure == 0 else {
            unsafe context.release()
            return nil
        }
        return thread
    }
}
