// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Privacy

@Suite("Noise after a fork")
struct ForkTests {
    /// fork(2), which Swift hides; this is its C signature.
    private static func fork() -> pid_t {
        guard let symbol = unsafe dlsym(nil, "fork") else { return -1 }
        return unsafe unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)()
    }

    /// Runs `work` in a child of a child as often as asked, and in this process.
    ///
    /// - Returns: The words of this process, and those of the last descendant; `nil` when it did not answer.
    private static func compare(
        generations: Int, _ work: () -> [UInt64]
    ) -> (ours: [UInt64], theirs: [UInt64])? {
        var ends: [Int32] = [0, 0]
        // In bounds: pipe(2) writes two numbers.
        guard unsafe pipe(&ends) == 0 else { return nil }
        let child = fork()
        guard child >= 0 else { return nil }
        if child == 0 {
            for _ in 1..<generations {
                let next = fork()
                if next != 0 { _exit(0) }
            }
            var words = work()
            // In bounds: the size is that of the array.
            _ = unsafe write(ends[1], &words, words.count * MemoryLayout<UInt64>.stride)
            _exit(0)
        }
        let ours = work()
        var theirs = [UInt64](repeating: 0, count: ours.count)
        let size = ours.count * MemoryLayout<UInt64>.stride
        var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        // In bounds: one descriptor, and the size is that of the array.
        guard unsafe poll(&waiting, 1, 20_000) == 1, unsafe read(ends[0], &theirs, size) == size
        else {
            kill(child, SIGKILL)
            return nil
        }
        return (ours, theirs)
    }

    @Test("parent and child of a fork draw different noise from one source")
    func noise() async {
        await #expect(processExitsWith: .success) {
            guard let plan = try? GaussianPlan(sensitivity: 1, sigma2: Rational(1 << 40)),
                var source = try? NoiseSource()
            else { exit(2) }
            _ = source.gaussian(plan)
            let found = ForkTests.compare(generations: 1) {
                (0..<8).map { _ in UInt64(bitPattern: source.gaussian(plan)) }
            }
            guard let found else { exit(3) }
            // All eight equal by chance once in 10^52.
            exit(found.ours == found.theirs ? 5 : 0)
        }
    }

    @Test("a grandchild, whose parent is gone, draws different bits, also those kept in reserve")
    func grandchild() async {
        await #expect(processExitsWith: .success) {
            guard var source = try? NoiseSource() else { exit(2) }
            // Leaves 63 bits in reserve.
            _ = source.bit()
            let found = ForkTests.compare(generations: 2) {
                source.leaveParentBehind()
                return (0..<8).map { _ in source.bits(63) }
            }
            guard let found else { exit(3) }
            exit(Set(found.ours).isDisjoint(with: found.theirs) ? 0 : 5)
        }
    }

    @Test("the child finds its parent's key and words empty before it draws anything")
    func empty() async {
        await #expect(processExitsWith: .success) {
            guard var stream = try? KeyStream() else { exit(2) }
            _ = stream.word()
            let found = ForkTests.compare(generations: 1) {
                [stream.isInherited ? 1 : 0] + (0..<KeyStream.end).map { stream.memory[$0] }
            }
            guard let found else { exit(3) }
            let theirs = found.theirs.dropFirst()
            exit(
                found.theirs[0] == 1 && theirs.allSatisfy { $0 == 0 } && found.ours[0] == 0
                    && found.ours.contains { $0 != 0 } ? 0 : 5)
        }
    }
}
