// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Privacy

@Suite("Key stream of the noise")
struct KeyStreamTests {
    private func key(_ stream: borrowing KeyStream) -> [UInt64] {
        (1...4).map { stream.memory[$0] }
    }

    @Test("a word is wiped from memory when it is taken, and the words to come are there")
    func wiped() throws {
        var stream = try KeyStream()
        for _ in 0..<10 { _ = stream.word() }
        let next = stream.next
        #expect(next == KeyStream.first + 10)
        let left = (KeyStream.first..<next).count { stream.memory[$0] != 0 }
        #expect(left == 0)
        // One of 900 fair words is zero once in 10^16 runs.
        let empty = (next..<KeyStream.end).count { stream.memory[$0] == 0 }
        #expect(empty == 0)
    }

    @Test("the key that made a refill is gone, and the next one was never given out")
    func erased() throws {
        var stream = try KeyStream()
        let first = key(stream)
        let out = (0..<(KeyStream.end - KeyStream.first)).map { _ in stream.word() }
        let second = key(stream)
        // What the twin makes of the first key: the second key, and then the words given out.
        let halves = first.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)] }
        let bytes = (0..<UInt32(112)).flatMap {
            ChaCha20.block(key: halves, counter: $0, nonce: [0, 0, 0])
        }
        let words = stride(from: 0, to: bytes.count, by: 8).map { start in
            (0..<8).reduce(0 as UInt64) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
        #expect(Array(words[..<4]) == second)
        #expect(Array(words[4...]) == out)
        let left = (KeyStream.output..<KeyStream.end).count { stream.memory[$0] != 0 }
        #expect(left == 0)
        // The next refill replaces the key in turn.
        _ = stream.word()
        let third = key(stream)
        #expect(Set(third).isDisjoint(with: second))
    }

    @Test("after a megabyte the key holds fresh entropy: the old one does not predict it")
    func reseeded() throws {
        var stream = try KeyStream()
        let perRefill = KeyStream.end - KeyStream.first
        for _ in 0..<(perRefill * KeyStream.refillsPerSeed) { _ = stream.word() }
        let last = key(stream)
        _ = stream.word()
        let halves = last.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)] }
        let bytes = ChaCha20.block(key: halves, counter: 0, nonce: [0, 0, 0])
        let predicted = (0..<8).reduce(0 as UInt64) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
        // Equal by chance once in 10^19 runs.
        let found = key(stream)[0]
        #expect(found != predicted)
    }

    @Test("starting again leaves no word and another key")
    func restarted() throws {
        var stream = try KeyStream()
        _ = stream.word()
        let old = key(stream)
        var states = [stream.isInherited]
        stream.restart()
        let left = (0..<KeyStream.end).count { stream.memory[$0] != 0 }
        #expect(left == 0)
        states.append(stream.isInherited)
        _ = stream.word()
        states.append(stream.isInherited)
        #expect(states == [false, true, false])
        let new = key(stream)
        #expect(Set(old).isDisjoint(with: new))
    }

    @Test("the words of ten thousand refills are fair and do not repeat")
    func fair() throws {
        var stream = try KeyStream()
        var ones = 0
        var sample: Set<UInt64> = []
        let count = 1_000_000
        for index in 0..<count {
            let word = stream.word()
            ones += word.nonzeroBitCount
            if index.isMultiple(of: 10) { sample.insert(word) }
        }
        // 64 million fair bits pass seven standard deviations once in 10^11 runs.
        #expect(abs(Double(ones - 32 * count)) < 7 * Double(16 * count).squareRoot())
        // A repetition among 100,000 fair words comes once in 10^9 runs.
        #expect(sample.count == count / 10)
    }
}
