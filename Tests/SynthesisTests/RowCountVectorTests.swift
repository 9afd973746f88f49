// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@testable import Synthesis

/// Reference data that is not part of the package.
private enum KnownRowCounts {
    struct Measurement: Decodable {
        let noisy_sum: Int64, cells: Int, sigma2: String
    }
    struct Vector: Decodable {
        struct Input: Decodable { let measurements: [Measurement] }
        struct Expected: Decodable { let n_hat: String, variance: String }
        let input: Input
        let expected: Expected
    }

    static let location: URL = {
        if let path = ProcessInfo.processInfo.environment["SEMBLANCE_SHARED"] {
            return URL(fileURLWithPath: path)
        }
        return URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("shared")
    }().appendingPathComponent("vectors/vectors_public.json")

    static var arePresent: Bool { FileManager.default.fileExists(atPath: location.path) }

    /// The known answers of one operation.
    static func of(_ operation: String) throws -> [Vector] {
        let file = try JSONSerialization.jsonObject(with: Data(contentsOf: location))
        let vectors = (file as? [String: Any])?["vectors"] as? [[String: Any]] ?? []
        return try vectors.filter { $0["op"] as? String == operation }.map {
            try JSONDecoder().decode(Vector.self, from: JSONSerialization.data(withJSONObject: $0))
        }
    }
}

@Suite("Known answers of row counts", .enabled(if: KnownRowCounts.arePresent))
struct RowCountVectorTests {
    @Test("the number of records and its variance, weighted over measurements")
    func rowCount() throws {
        let vectors = try KnownRowCounts.of("row_count_estimate")
        #expect(!vectors.isEmpty)
        for vector in vectors {
            let marginals = try vector.input.measurements.map { measurement in
                var cells = [Int64](repeating: 0, count: measurement.cells)
                cells[0] = measurement.noisy_sum
                return try NoisyTotalsTests.marginal(
                    cells, sigma2: try #require(Rational(measurement.sigma2)))
            }
            let found = NoisyTotals.total(marginals)
            let count = try #require(Double(vector.expected.n_hat))
            let variance = try #require(Double(vector.expected.variance))
            #expect(abs(found.value - count) <= 1e-12 * count)
            #expect(abs(found.variance - variance) <= 1e-12 * variance)
        }
    }
}
