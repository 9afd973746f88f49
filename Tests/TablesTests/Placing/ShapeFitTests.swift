// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Tables

@Suite("Shapes fitted to noisy bins")
struct ShapeFitTests {
    private func bins(_ domain: String) throws -> ColumnCodec {
        try codec(
            #""type": "integer", "constraints": {"required": true}, "semblance": {"outside": "clamp", "domain": \#(domain)}"#
        )
    }

    /// Expected counts of a population by its distribution function at the edges.
    private func counts(
        _ edges: [Double], records: Double, _ below: (Double) -> Double
    ) -> [Double] {
        zip(edges, edges.dropFirst()).map { records * (below($1) - below($0)) }
    }

    /// The largest difference between a bin's distribution and the true one, beside that of a uniform one.
    private func errors(
        _ codec: ColumnCodec, _ code: Int, start: Double, end: Double, _ below: (Double) -> Double
    ) -> (shaped: Double, uniform: Double) {
        let places = CellPlaces(codec: codec)
        let width = places.width(of: code)
        var errors = (shaped: 0.0, uniform: 0.0)
        for step in 1..<50 {
            let position = width * step / 50
            let value = start + (end - start) * Double(position) / Double(width)
            let truth = (below(value) - below(start)) / (below(end) - below(start))
            let found = places.probability(of: 0...(position - 1), in: code)
            errors.shaped = max(errors.shaped, abs(found - truth))
            errors.uniform = max(errors.uniform, abs(Double(position) / Double(width) - truth))
        }
        return errors
    }

    private func shaped(_ codec: ColumnCodec, _ counts: [Double], variance: Double) -> ColumnCodec {
        var shaped = codec
        shaped.placing.shapes = codec.shapes(counts: counts, variance: variance)
        return shaped
    }

    @Test("a long tail in bins that double follows its power law, the last and widest bin too")
    func longTail() throws {
        let edges = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 100_000].map(Double.init)
        let codec = try bins(
            #"{"edges": [100, 200, 400, 800, 1600, 3200, 6400, 12800, 100000]}"#)
        let below = { (x: Double) in 1 - pow(100 / x, 1.5) }
        let fitted = shaped(codec, counts(edges, records: 1e6, below), variance: 100)
        for code in 0..<8 {
            let error = errors(
                fitted, code, start: edges[code], end: edges[code + 1], below)
            #expect(error.shaped < 0.03 && error.shaped < error.uniform / 4)
        }
    }

    @Test(
        "exponential and bell-shaped columns are three times nearer to the truth than uniform bins")
    func even() throws {
        let edges = (0...10).map { Double($0 * 100) }
        let codec = try bins(#"{"minimum": 0, "maximum": 1000, "bins": 10}"#)
        let bell = { (x: Double) in 0.5 * erfc(-(x - 400) / 150 / 2.0.squareRoot()) }
        for below in [{ (x: Double) in 1 - exp(-x / 120) }, bell] {
            let fitted = shaped(codec, counts(edges, records: 1e6, below), variance: 25)
            var sums = (shaped: 0.0, uniform: 0.0)
            for code in 0..<9 {
                let error = errors(fitted, code, start: edges[code], end: edges[code + 1], below)
                sums = (sums.shaped + error.shaped, sums.uniform + error.uniform)
            }
            #expect(sums.shaped < sums.uniform / 3)
        }
    }

    @Test("flat bins are uniform, and so are bins whose differences noise hides")
    func flat() throws {
        let codec = try bins(#"{"minimum": 0, "maximum": 999, "bins": 10}"#)
        let even = [Double](repeating: 1000, count: 10)
        #expect(codec.shapes(counts: even, variance: 0).allSatisfy { $0 == .uniform })
        let noisy = [900, 1100, 950, 1020, 0, 980, 1210, 700, 1000, 1300].map(Double.init)
        #expect(codec.shapes(counts: noisy, variance: 250_000).allSatisfy { $0 == .uniform })
        let nothing = [Double](repeating: 0, count: 10)
        for variance in [0, 1e6] {
            #expect(codec.shapes(counts: nothing, variance: variance).allSatisfy { $0 == .uniform })
        }
    }

    @Test("wide bins of equal density are uniform too, though a power law was on offer")
    func flatWide() throws {
        let codec = try bins(#"{"edges": [1, 10, 100, 1000, 10000]}"#)
        let counts = [9, 90, 900, 9001].map { 100.0 * $0 }
        #expect(codec.shapes(counts: counts, variance: 1).allSatisfy { $0 == .uniform })
    }

    @Test("a tail that noise hides goes on to fall, gently, and nothing rises out of noise")
    func hiddenTail() throws {
        let codec = try bins(#"{"edges": [100, 200, 400, 800, 1600, 3200]}"#)
        let shapes = codec.shapes(counts: [9000, 5000, 2500, 150, 70], variance: 10_000)
        #expect(shapes[3].second < 0 && shapes[4].first < 0 && shapes[4].first >= -128)
        let rising = codec.shapes(counts: [9000, 18_000, 36_000, 72_000, 70], variance: 10_000)
        #expect(rising[4].second <= 0)
    }

    @Test("one bin, bins of one value, and a column without bins have nothing to lean on")
    func edges() throws {
        let one = try bins(#"{"minimum": 5, "maximum": 90, "bins": 1}"#)
        #expect(one.shapes(counts: [12], variance: 1) == [.uniform])
        let values = try bins(#"{"minimum": 1, "maximum": 4}"#)
        #expect(
            values.shapes(counts: [1, 1000, 1e9, 0], variance: 1)
                == [BinShape](repeating: .uniform, count: 4))
        let texts = try codec(#""type": "string", "constraints": {"enum": ["a", "b"]}"#)
        #expect(
            texts.shapes(counts: [Double](repeating: 3, count: texts.cellCount), variance: 1)
                .isEmpty)
    }

    @Test("the largest and the smallest counts stay within the limits of a shape")
    func extremes() throws {
        let codec = try bins(#"{"edges": [0, 1000, 2000, 1000000000]}"#)
        for counts in [[1e12, 0, 0], [0, 1e12, 0], [0, 0, 1e15], [1e300, 1, 1e300]] {
            for shape in codec.shapes(counts: counts, variance: 0) {
                #expect(abs(shape.first) <= BinShape.limit && abs(shape.second) <= BinShape.limit)
            }
        }
    }
}
