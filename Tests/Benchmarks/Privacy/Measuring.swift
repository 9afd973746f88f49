// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A part of the room that is timed.
protocol Subject {
    /// Runs everything of this subject.
    static func measure() throws -> [Row]
}

/// One line of the table.
struct Row: CustomStringConvertible {
    let name: String
    /// The number of operations of the run.
    let operations: Int
    let wall: Double
    let cpu: Double

    static let heading =
        "what".padded(to: 64) + "wall ms".padded(from: 10) + "CPU ms".padded(from: 10)
        + "CPU ns/op".padded(from: 12) + "million/s".padded(from: 12)

    var description: String {
        let count = Double(operations)
        return name.padded(to: 64) + (wall * 1e3).text.padded(from: 10)
            + (cpu * 1e3).text.padded(from: 10) + (cpu / count * 1e9).text.padded(from: 12)
            + (count / wall / 1e6).text.padded(from: 12)
    }

    /// The fastest of some runs by wall time: the machine may be shared.
    ///
    /// - Parameters:
    ///   - name: What is timed.
    ///   - operations: The number of operations of one run.
    ///   - runs: The number of runs.
    ///   - prepare: Runs before each run, untimed.
    ///   - body: The run.
    init(
        _ name: String, operations: Int, runs: Int = 5, prepare: () -> Void = {},
        _ body: () throws -> Void
    ) rethrows {
        var best = (wall: Double.infinity, cpu: Double.infinity)
        for _ in 0..<runs {
            prepare()
            let start = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
            try body()
            let end = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
            if end.0 - start.0 < best.wall { best = (end.0 - start.0, end.1 - start.1) }
        }
        self.name = name
        self.operations = operations
        (wall, cpu) = best
    }
}

private func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    // In bounds: the clock writes one time.
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The machine that the figures belong to.
enum Machine {
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    static var description: String {
        var load = [0.0, 0, 0]
        // In bounds: three numbers are asked for.
        unsafe getloadavg(&load, 3)
        return
            "\(processors) processors, load \(load[0].text); the fastest of five runs by wall time"
    }
}

extension Double {
    /// Four significant digits or so.
    var text: String {
        let places = abs(self) >= 1000 ? 0 : abs(self) >= 10 ? 1 : 3
        let scale = pow(10, Double(places))
        let scaled = (self * scale).rounded()
        guard abs(scaled) < 1e15 else { return "\(self)" }
        let whole = Int(scaled)
        guard places > 0 else { return "\(whole)" }
        let digits = String(whole % Int(scale))
        return "\(whole / Int(scale))." + digits.padded(from: places, with: "0")
    }
}

extension String {
    /// This text with spaces behind it.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }

    /// This text with something before it.
    func padded(from width: Int, with filler: Character = " ") -> String {
        String(repeating: filler, count: Swift.max(0, width - count)) + self
    }
}
