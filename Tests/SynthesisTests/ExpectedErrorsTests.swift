// SPDX-License-Identifier: Apache-2.0

import Privacy
import Testing

@testable import Synthesis

@Suite("Expected errors")
struct ExpectedErrorsTests {
    private func plan(
        _ method: SynthesisMethod, sizes: [Int],
        rho: Rational = Rational(numerator: 1, denominator: 80)
    ) -> SynthesisPlan {
        SynthesisPlan(
            method: method, task: SynthesisTask(sizes: sizes, unitRows: 1), rho: Rho(rho))
    }

    @Test("fall as one over the number of records, and never pass 1")
    func records() throws {
        for method in SynthesisMethod.allCases {
            let plan = plan(method, sizes: [2, 10, 50])
            let few = try ExpectedErrors(plan, records: 100_000)
            let many = try ExpectedErrors(plan, records: 1_000_000)
            for (one, other) in zip(few.columns, many.columns) {
                #expect(abs(one - 10 * other) < 1e-9 * one)
            }
            let none = try ExpectedErrors(plan, records: 1)
            #expect((none.columns + none.pairs.map(\.error)).allSatisfy { $0 <= 1 && $0 > 0 })
            #expect(few.pairs.isEmpty == (plan.pairCount == 0))
        }
    }

    @Test("of a column are half its cells times the mean size of its noise")
    func column() throws {
        let plan = plan(.independent, sizes: [4, 4])
        let sigma = try plan.oneWaySigmas()[0]
        let expected = try ExpectedErrors(plan, records: 10_000).columns[0]
        #expect(abs(expected - 0.5 * 4 * sigma * 0.7978845608 / 10_000) < 1e-9)
    }

    @Test("count fewer cells of a pair where few records fill them above the noise")
    func merging() throws {
        let plan = plan(.mixture, sizes: [1000, 1000])
        let few = try ExpectedErrors(plan, records: 1000).pairs[0]
        let many = try ExpectedErrors(plan, records: 1e9).pairs[0]
        #expect(few.cells < many.cells && many.cells == 1_000_000)
    }

    @Test("are a twentieth in the mean at the least useful number of records")
    func least() throws {
        for method in SynthesisMethod.allCases {
            let plan = plan(method, sizes: [2, 10, 50])
            let least = try ExpectedErrors.leastRecords(plan)
            let errors = try ExpectedErrors(plan, records: least.columns)
            #expect(abs(errors.meanColumn - ExpectedErrors.usefulError) < 1e-9)
            #expect((least.pairs > 0) == (plan.pairCount > 0))
        }
    }

    @Test("fitting is forecast for every method and size, and takes longer of what is larger")
    func fitting() throws {
        for method in SynthesisMethod.allCases {
            let small = try FitForecast(plan(method, sizes: [2, 3]), records: 1000)
            let large = try FitForecast(
                plan(method, sizes: [Int](repeating: 50, count: 20)), records: 1_000_000)
            #expect(small.seconds >= 0 && small.seconds <= large.seconds)
            #expect(large.seconds < 1e4 && large.mebibytes < 1 << 10)
            let alone = try FitForecast(plan(method, sizes: [4]), records: 10)
            #expect(alone.seconds.isFinite)
        }
    }
}
