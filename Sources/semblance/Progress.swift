// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Foundation
import Glibc
import Releases
import Synchronization
import Tables

/// Options of the commands that take long.
struct ProgressOptions: ParsableArguments {
    /// How progress is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        /// A line that is renewed on a terminal, a line a stage elsewhere.
        case text
        /// One JSON object a line.
        case json
    }

    @Flag(name: .shortAndLong, help: "No progress, only results and errors.")
    var quiet = false

    @Option(help: "How progress is written to standard error: text or json.")
    var logFormat = Format.text

    /// Runs a body, shows how far it is, and stops it on SIGINT or SIGTERM.
    ///
    /// - Parameters:
    ///   - options: Threads and temporary files; `nil` for a command that reads no table.
    ///   - threads: Threads of such a command; 0 for one a processor.
    ///   - body: The work.
    func running<Result>(
        _ options: ReadingOptions? = nil, threads: Int = 0,
        _ body: (RunControl) throws(ReleaseError) -> Result
    ) throws(ReleaseError) -> Result {
        if logFormat == .json { Terminal.useJSON() }
        let reading = ReadProgress()
        let display = ProgressDisplay(reading, format: logFormat, isQuiet: quiet)
        let control = RunControl(
            reading: reading, workers: options?.threads ?? threads,
            encryptSpool: options?.encryptSpool ?? false
        ) { display.begin($0) }
        let signals = [SIGINT, SIGTERM].map { number in
            // Ignored by the system, so that the source alone handles it; a second one ends the process.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                reading.cancel()
                signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
        display.start()
        defer {
            display.stop()
            for source in signals { source.cancel() }
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
        let result = try body(control)
        display.finish()
        return result
    }
}

/// Shows stage, rows a second, MB a second and the time left.
///
/// For the owner's terminal and log alone: the numbers are functions of real records.
final class ProgressDisplay: Sendable {
    private struct State {
        var stage = ""
        var began = ContinuousClock.now
        var rows = 0
        var bytes = 0
    }

    private let reading: ReadProgress
    private let format: ProgressOptions.Format
    private let isQuiet: Bool
    private let isTerminal: Bool
    private let state = Mutex(State())
    /// Made by `start` and ended by `stop`, which one thread calls; a source that was never resumed must
    /// not be let go.
    nonisolated(unsafe) private var timer: (any DispatchSourceTimer)?

    init(_ reading: ReadProgress, format: ProgressOptions.Format, isQuiet: Bool) {
        self.reading = reading
        self.format = format
        self.isQuiet = isQuiet
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// Begins to show.
    func start() {
        guard !isQuiet else { return }
        let interval = isTerminal && format == .text ? 0.25 : 10
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.schedule(deadline: .now() + interval, repeating: interval)
        timer.setEventHandler { [weak self] in self?.tick() }
        timer.resume()
        unsafe self.timer = timer
    }

    /// Shows nothing any more.
    func stop() {
        guard !isQuiet else { return }
        unsafe timer?.cancel()
        finishLine()
    }

    /// Begins a stage.
    func begin(_ stage: String) {
        guard !isQuiet else { return }
        finishLine()
        state.withLock {
            $0 = State(stage: stage, rows: reading.rows, bytes: reading.bytes)
        }
        if format == .json {
            Terminal.note(Self.json(["event": "stage", "stage": stage], [:]))
        } else {
            Terminal.note("· " + stage)
        }
    }

    /// Says that the work is done, for whoever reads events.
    func finish() {
        guard !isQuiet, format == .json else { return }
        Terminal.note(Self.json(["event": "done"], [:]))
    }

    private func tick() {
        let now = state.withLock { $0 }
        let seconds = Self.seconds(now.began.duration(to: .now))
        let rows = reading.rows - now.rows
        guard rows > 0, seconds > 0 else { return }
        let rate = Double(rows) / seconds
        let speed = Double(reading.bytes - now.bytes) / seconds / 1e6
        let total = reading.fileBytesInAll
        let done = reading.fileBytes
        let left = total > 0 && done > 0 ? seconds * Double(total - done) / Double(done) : nil
        if format == .json {
            var numbers = ["rows": Double(rows), "rows_per_s": rate.rounded(), "mb_per_s": speed]
            if let left { numbers["eta_s"] = left.rounded() }
            Terminal.note(Self.json(["event": "progress", "stage": now.stage], numbers))
            return
        }
        var line =
            "  \(Self.short(Double(rows))) rows, \(Self.short(rate)) rows/s, "
            + "\(Int(speed)) MB/s"
        if let left { line += ", \(Int(left.rounded(.up))) s left" }
        if isTerminal {
            _ = Terminal.write("\r\u{1B}[K\(line)", to: STDERR_FILENO)
        } else {
            Terminal.note(line)
        }
    }

    /// Clears the line that is renewed.
    private func finishLine() {
        if isTerminal, format == .text {
            _ = Terminal.write("\r\u{1B}[K", to: STDERR_FILENO)
        }
    }

    private static func short(_ value: Double) -> String {
        if value >= 1e6 { return "\((value / 1e5).rounded() / 10) M" }
        if value >= 1e4 { return "\(Int((value / 1e3).rounded())) k" }
        return "\(Int(value))"
    }

    private static func seconds(_ duration: Duration) -> Double {
        let parts = duration.components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }

    /// An event as one JSON object, with the time.
    static func json(_ texts: [String: String], _ numbers: [String: Double]) -> String {
        var members: [String: Any] = texts
        members["time"] = Date.now.formatted(.iso8601)
        for (name, number) in numbers { members[name] = (number * 1_000).rounded() / 1_000 }
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? JSONSerialization.data(withJSONObject: members, options: options)
        else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
