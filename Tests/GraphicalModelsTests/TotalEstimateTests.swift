// SPDX-License-Identifier: Apache-2.0

import GraphicalModels
import Testing

@Suite("Total estimate")
struct TotalEstimateTests {
    @Test("sums are weighed by the inverse of their variances")
    func weighs() {
        let estimate = TotalEstimate([
            LinearMeasurement(clique: Clique([]), values: [100], variance: 2),
            LinearMeasurement(clique: Clique([0]), values: [30, 40, 50], variance: 2),
            LinearMeasurement(clique: Clique([1]), values: [60, 50], variances: [1, 5]),
        ])
        #expect(
            abs(estimate.value - (100.0 / 2 + 120.0 / 6 + 110.0 / 6) / (1 / 2 + 2.0 / 6)) < 1e-6)
        #expect(abs(estimate.variance - 1.2) < 1e-12)
    }

    @Test("noise may take it below zero; without measurements nothing is known")
    func extremes() {
        let below = TotalEstimate([
            LinearMeasurement(clique: Clique([0]), values: [-30, 10], variance: 400)
        ])
        #expect(below.value == -20)
        let nothing = TotalEstimate([])
        #expect(nothing.value == 0 && nothing.variance == .infinity)
    }
}
