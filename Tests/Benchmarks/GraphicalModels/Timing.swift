// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Seconds of the processor and of the clock that some work takes.
struct Timing {
    let cpu: Double
    let wall: Double

    /// The least of some runs.
    init(runs: Int = 5, _ body: () throws -> Void) rethrows {
        var cpu = Double.infinity
        var wall = Double.infinity
        for _ in 0..<runs {
            let start = (Self.now(CLOCK_PROCESS_CPUTIME_ID), Self.now(CLOCK_MONOTONIC))
            try body()
            cpu = min(cpu, Self.now(CLOCK_PROCESS_CPUTIME_ID) - start.0)
            wall = min(wall, Self.now(CLOCK_MONOTONIC) - start.1)
        }
        self.cpu = cpu
        self.wall = wall
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        // In bounds: the clock writes one time.
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// Prints one line: what was timed, milliseconds of processor and clock, and what came of it.
func report(_ what: String, _ timing: Timing, _ result: String) {
    func field(_ number: Double) -> String {
        let text = "\((number * 1e6).rounded() / 1e3)"
        return String(repeating: " ", count: max(1, 12 - text.count)) + text
    }
    let padding = String(repeating: " ", count: max(1, 44 - what.count))
    print(what + padding + field(timing.cpu) + field(timing.wall) + "   " + result)
}
