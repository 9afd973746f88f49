// SPDX-License-Identifier: Apache-2.0

import CKernels
import Testing

@testable import GraphicalModels

/// The kernels in plain loops.
private struct Twin {
    let terms: [Float], bias: [Float]
    let width: Int
    let starts: [UInt32]

    static func exponential(_ x: Float) -> Float {
        guard x > -87 else { return 0 }
        let shifted = x * 1.442_695_04 + 12_582_912
        let power = shifted - 12_582_912
        let r = (x - power * 0.693_359_375) - power * -2.121_944_40e-4
        var sum: Float = r * 1.987_569_15e-4 + 1.398_199_950_7e-3
        sum = sum * r + 8.333_451_907_3e-3
        sum = sum * r + 4.166_579_589_4e-2
        sum = sum * r + 1.666_666_545_9e-1
        sum = sum * r + 5.000_000_120_1e-1
        sum = sum * (r * r) + r
        sum = sum + 1
        return sum * Float(bitPattern: (shifted.bitPattern &+ 127) << 23)
    }

    func draw(_ row: [UInt16], _ attribute: Int, _ uniform: Float) -> UInt16 {
        let range = Int(starts[attribute])..<Int(starts[attribute + 1])
        let logits = range.map { place in
            row.reduce(bias[place]) { $0 + terms[Int($1) * width + place] }
        }
        let top = logits.max() ?? 0
        let powers = logits.map { Self.exponential($0 - top) }
        var lanes = [Float](repeating: 0, count: 8)
        for (place, power) in powers.enumerated() { lanes[place % 8] += power }
        let total =
            ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5]))
            + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]))
        var reached: Float = 0
        for (place, power) in powers.enumerated() {
            reached += power
            if reached > uniform * total { return UInt16(range.lowerBound + place) }
        }
        return UInt16(range.lowerBound + (powers.lastIndex { $0 != 0 } ?? 0))
    }

    static func change(_ falling: Float, _ rising: Float) -> Float {
        (abs(falling - 1) - abs(falling)) + (abs(rising + 1) - abs(rising))
    }
}

/// Invented terms of three attributes of 3, 40 and 9 cells, and rows.
private struct Case {
    let starts: [UInt32] = [0, 8, 48, 64]
    let sizes = [3, 40, 9]
    let width = 64
    var terms: [Float]
    var bias: [Float]
    var rows: [[UInt16]]
    var generator = SeededGenerator(seed: 5, stream: 2)

    init(rows count: Int) {
        terms = [Float](repeating: 0, count: width * width)
        bias = [Float](repeating: -1000, count: width)
        for x in 0..<width {
            for y in 0..<x where Self.attribute(x) != Self.attribute(y) {
                let term = Float(generator.unit() * 6 - 3)
                terms[x * width + y] = term
                terms[y * width + x] = term
            }
        }
        for (attribute, size) in sizes.enumerated() {
            for cell in 0..<size {
                bias[Int(starts[attribute]) + cell] = Float(generator.unit() * 4 - 2)
            }
        }
        rows = []
        for _ in 0..<count { rows.append(row()) }
    }

    mutating func row() -> [UInt16] {
        sizes.indices.map { UInt16(Int(starts[$0]) + Int(generator.next() % UInt64(sizes[$0]))) }
    }

    static func attribute(_ place: Int) -> Int { place < 8 ? 0 : place < 48 ? 1 : 2 }

    var twin: Twin { Twin(terms: terms, bias: bias, width: width, starts: starts) }

    func withPairs(_ body: (UnsafePointer<semblance_pairs>) -> Void) {
        unsafe terms.withUnsafeBufferPointer { terms in
            unsafe bias.withUnsafeBufferPointer { bias in
                unsafe starts.withUnsafeBufferPointer { starts in
                    var pairs = unsafe semblance_pairs(
                        terms: terms.baseAddress, bias: bias.baseAddress, width: width,
                        starts: starts.baseAddress, attributes: 3)
                    unsafe body(&pairs)
                }
            }
        }
    }
}

@Suite("The kernels that draw rows of pairs")
struct GibbsKernelTests {
    @Test("draw what plain loops draw, to the last bit")
    func sweep() {
        var example = Case(rows: 300)
        // The ends of the range and one draw that rounding may leave over.
        let uniforms: [Float] =
            [0, 0.99999994, 0.5] + example.generator.units(897)
        var found = example.rows.flatMap { $0 }
        var scratch = [Float](repeating: 0, count: 40)
        unsafe example.withPairs { pairs in
            unsafe semblance_gibbs(pairs, &found, 300, uniforms, &scratch)
        }
        let twin = example.twin
        var expected = example.rows
        for row in expected.indices {
            for attribute in 0..<3 {
                expected[row][attribute] = twin.draw(
                    expected[row], attribute, uniforms[row * 3 + attribute])
            }
        }
        #expect(found == expected.flatMap { $0 })
    }

    @Test("keep draws that bring counts nearer to wanted ones, and the errors follow")
    func chosen() {
        var example = Case(rows: 400)
        let (width, twin) = (example.width, example.twin)
        let chosen = (0..<400).map { UInt16($0 % 3) }
        let uniforms = example.generator.units(400)
        for isFree in [true, false] {
            var errors = [Float](repeating: 0, count: width * width)
            for x in 0..<width {
                for y in 0..<x where Case.attribute(x) != Case.attribute(y) {
                    errors[x * width + y] = Float(example.generator.unit() * 40 - 20)
                    errors[y * width + x] = errors[x * width + y]
                }
            }
            var (expected, wanted) = (example.rows, errors)
            var moved = 0
            for row in expected.indices {
                let own = Int(chosen[row])
                let (old, new) = (
                    Int(expected[row][own]), Int(twin.draw(expected[row], own, uniforms[row]))
                )
                guard old != new else { continue }
                let others = (0..<3).filter { $0 != own }.map { Int(expected[row][$0]) }
                if !isFree {
                    let delta = others.reduce(Float(0)) {
                        $0 + Twin.change(wanted[old * width + $1], wanted[new * width + $1])
                    }
                    guard delta < 0 else { continue }
                    for other in others {
                        for place in [old * width + other, other * width + old] {
                            wanted[place] -= 1
                        }
                        for place in [new * width + other, other * width + new] {
                            wanted[place] += 1
                        }
                    }
                }
                expected[row][own] = UInt16(new)
                moved += 1
            }
            var found = example.rows.flatMap { $0 }
            var scratch = [Float](repeating: 0, count: 40)
            unsafe example.withPairs { pairs in
                unsafe errors.withUnsafeMutableBufferPointer { errors in
                    unsafe semblance_gibbs_chosen(
                        pairs, &found, 400, chosen, uniforms, isFree ? nil : errors.baseAddress,
                        &scratch)
                }
            }
            #expect(found == expected.flatMap { $0 })
            #expect(errors == wanted)
            #expect(moved > 50 && moved < 400)
        }
    }

    @Test("take whole candidates where that lowers the errors, as plain loops would")
    func exchange() {
        var example = Case(rows: 300)
        let width = example.width
        let candidates = (0..<300).map { _ in example.row() }
        var wanted = [Float](repeating: 0, count: width * width)
        for x in 0..<width {
            for y in 0..<x {
                wanted[x * width + y] = Float(example.generator.unit() * 20 - 10)
                wanted[y * width + x] = wanted[x * width + y]
            }
        }
        var errors = wanted
        var found = example.rows.flatMap { $0 }
        unsafe semblance_exchange(width, 3, &found, candidates.flatMap { $0 }, 300, &errors)
        var expected = example.rows
        for row in expected.indices {
            let (old, new) = (expected[row].map(Int.init), candidates[row].map(Int.init))
            let pairs = [(0, 1), (0, 2), (1, 2)].filter { old[$0] != new[$0] || old[$1] != new[$1] }
            let delta = pairs.reduce(Float(0)) {
                $0
                    + Twin.change(
                        wanted[old[$1.0] * width + old[$1.1]],
                        wanted[new[$1.0] * width + new[$1.1]])
            }
            guard delta < 0 else { continue }
            for (i, j) in pairs {
                wanted[old[i] * width + old[j]] -= 1
                wanted[old[j] * width + old[i]] -= 1
                wanted[new[i] * width + new[j]] += 1
                wanted[new[j] * width + new[i]] += 1
            }
            expected[row] = candidates[row]
        }
        #expect(found == expected.flatMap { $0 })
        #expect(zip(errors, wanted).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(found != example.rows.flatMap { $0 })
    }
}
