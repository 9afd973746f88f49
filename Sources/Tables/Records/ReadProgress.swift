// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How far a reading is, for its owner's terminal: never for anything that is released.
public final class ReadProgress: Sendable {
    private let rowCounter = Atomic<Int>(0)
    private let byteCounter = Atomic<Int>(0)
    private let fileCounter = Atomic<Int>(0)
    private let fileTotal = Atomic<Int>(0)
    private let isCancelled = Atomic<Bool>(false)

    /// Begins at nothing.
    public init() {}

    /// Records read so far.
    public var rows: Int { rowCounter.load(ordering: .relaxed) }
    /// Bytes of text read so far, decompressed.
    public var bytes: Int { byteCounter.load(ordering: .relaxed) }

    /// Bytes read so far of the files themselves, compressed or not.
    public var fileBytes: Int { fileCounter.load(ordering: .relaxed) }
    /// Bytes of all files; 0 as long as it is not known, or where one is a pipe.
    public var fileBytesInAll: Int { fileTotal.load(ordering: .relaxed) }

    /// Asks the reading to stop soon; it then ends with an error.
    public func cancel() { isCancelled.store(true, ordering: .relaxed) }
    /// Whether the reading shall stop.
    public var wantsStop: Bool { isCancelled.load(ordering: .relaxed) }

    func expect(fileBytes: Int) { fileTotal.store(fileBytes, ordering: .relaxed) }

    func add(fileBytes: Int) { fileCounter.add(fileBytes, ordering: .relaxed) }

    func add(rows: Int, bytes: Int) {
        rowCounter.add(rows, ordering: .relaxed)
        byteCounter.add(bytes, ordering: .relaxed)
    }
}
