// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Something that is done on a thread of its own, until its result is asked for.
final class Aside<Value: Sendable>: Sendable {
    private let value = Mutex<Result<Value, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () throws -> Value) {
        // A thread and no queue: what blocks here must not starve what it waits for.
        Thread { [self] in
            let result = Result { try body() }
            value.withLock { $0 = result }
            isDone.signal()
        }.start()
    }

    func result() throws -> Value {
        isDone.wait()
        isDone.signal()
        guard let result = value.withLock({ $0 }) else { throw TestFailure("no result") }
        return try result.get()
    }
}

/// Waits until something is so, at most a minute.
func eventually(_ what: String, _ isSo: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try !isSo() {
        guard ContinuousClock.now < deadline else { throw TestFailure("never: \(what)") }
        Thread.sleep(forTimeInterval: 0.02)
    }
}
