// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Privacy

@Suite("Sums of many costs")
struct CostSumTests {
    @Test("are exact, in whatever order and number", arguments: [0, 1, 2, 3, 7, 8, 100])
    func exact(count: Int) {
        let costs = (0..<count).map { index in
            PrivacyCost(
                Rho(Rational(numerator: index + 1, denominator: 1_000_003 + 2 * index)),
                delta: Rational(numerator: index % 3, denominator: 1_000_000_007))
        }
        let plain = costs.reduce(PrivacyCost.zero) { $0 + $1 }
        #expect(PrivacyCost.sum(costs) == plain)
        #expect(PrivacyCost.sum(costs.reversed()) == plain)
    }

    @Test(
        "in short are no less than exact, no more than the whole, and as they are where they are short"
    )
    func short() {
        let costs = (0..<60).map {
            PrivacyCost(Rho(Rational(numerator: 1, denominator: 1_000_003 + 2 * $0)))
        }
        let sum = PrivacyCost.sum(costs)
        let kept = sum.inShort(within: PrivacyCost(Rho(1)))
        #expect(kept.covers(sum) && kept.rho.value != sum.rho.value)
        #expect(kept.rho.value - sum.rho.value < Rational(numerator: 1, denominator: 1 << 62))
        #expect(sum.inShort(within: sum) == sum)
        let tenth = PrivacyCost(Rho(Rational(numerator: 1, denominator: 10)))
        #expect(tenth.inShort(within: PrivacyCost(Rho(1))) == tenth)
    }
}
