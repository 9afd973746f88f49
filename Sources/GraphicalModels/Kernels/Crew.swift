// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// Threads that share work.
///
/// What they compute never depends on how many they are.
struct Crew: Sendable {
    let workers: Int

    /// - Parameter workers: Threads; 0 for one a processor.
    init(workers: Int) {
        self.workers = workers > 0 ? workers : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// Runs parts of some work, in any order.
    func perform(_ parts: Int, _ part: @Sendable (Int) -> Void) {
        if workers > 1, parts > 1 {
            DispatchQueue.concurrentPerform(iterations: parts, execute: part)
        } else {
            for index in 0..<parts { part(index) }
        }
    }
}
