// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Testing

@testable import Releases

@Suite("A figure of the evidence")
struct FindingTests {
    private func finding(
        _ name: String, _ value: Double?, _ lower: Double?, _ upper: Double?
    ) -> AuditRecord.Finding {
        AuditRecord.Finding(
            name: name, label: "Figure", value: value, lower: lower, upper: upper,
            informative: AuditRecord.Finding.isInformative(name, lower, upper), threshold: nil,
            verdict: "reported", basis: "dp-charged")
    }

    @Test(
        "is no result where its interval holds all that it could be, and words say so",
        arguments: [
            ("max_linkage_risk", 1.0, -1.0, 1.0), ("max_attack_advantage", 0.1, -0.3, 1.0),
            ("min_auc", 0.7, 0.31, 1.0), ("min_auc_ratio", 0.9, 0.4, 1.3),
            ("max_2way_tvd", 0.5, 0.0, 1.0), ("min_found", 0.5, 0.0, 1.0),
        ])
    func powerless(name: String, value: Double, lower: Double, upper: Double) {
        let figure = finding(name, value, lower, upper)
        #expect(figure.informative == false)
        #expect(figure.valueWords(digits: 3) == "not enough records or budget to tell")
        #expect(figure.intervalWords(digits: 3)?.contains(" to ") == true)
    }

    @Test(
        "is a result where its interval leaves anything out",
        arguments: [
            ("max_linkage_risk", 0.4, 0.01, 1.0), ("max_linkage_risk", 0.0, -1.0, 0.99),
            ("min_auc", 0.9, 0.52, 1.0), ("max_2way_tvd", 0.03, 0.0, 0.05),
        ])
    func telling(name: String, value: Double, lower: Double, upper: Double) {
        let figure = finding(name, value, lower, upper)
        #expect(figure.informative == true)
        #expect(figure.valueWords(digits: 2) == formatted(value, digits: 2))
    }

    @Test("that was not assessed has neither words nor an interval")
    func absent() {
        let figure = finding("min_auc", nil, nil, nil)
        #expect(figure.informative == nil)
        #expect(figure.valueWords(digits: 3) == nil && figure.intervalWords(digits: 3) == nil)
    }

    @Test("that was refused says why: its interval, or an attack that finds nothing at all")
    func refusal() {
        var figure = finding("max_attack_advantage", 0.01, -0.02, 0.03)
        figure.threshold = 0.02
        figure.verdict = "inconclusive"
        #expect(
            figure.refusal
                == "max_attack_advantage: inconclusive: 99% interval −0.020 to 0.030, threshold 0.020"
        )
        figure.threshold = 0.9
        #expect(figure.refusal.contains("threshold 0.900; the columns are too coarse"))
        var absent = finding("min_auc", nil, nil, nil)
        absent.verdict = "not assessed"
        absent.threshold = 0.5
        #expect(absent.refusal == "min_auc: not assessed, threshold 0.500")
    }

    @Test("of a chart without power is a line without a dot")
    func chart() {
        func svg(_ value: Double?) -> String {
            Charts.intervals(
                [
                    .init(
                        label: "x", value: value, lower: -1, upper: 1, threshold: nil, passes: true)
                ],
                title: "t")
        }
        #expect(svg(0.5).contains("<circle") && !svg(nil).contains("<circle"))
        #expect(svg(nil).contains("whisker"))
    }

    @Test(
        "of what discovery found is one less the share of other values, with the noise of both counts"
    )
    func found() throws {
        let exact = try #require(
            DiscoveryFindings.share(others: 250, variance: 0, total: 1000, totalVariance: 0))
        #expect(exact.value == 0.75 && exact.lower == 0.75 && exact.upper == 0.75)
        let noisy = try #require(
            DiscoveryFindings.share(others: 250, variance: 100, total: 1000, totalVariance: 100))
        // (10 + 0.25 · 10) / 1000 · 2.576
        #expect(abs(noisy.upper - noisy.lower - 2 * 0.0322) < 1e-3)
        #expect(
            DiscoveryFindings.share(others: 2, variance: 9, total: 40, totalVariance: 100) == nil)
        let beyond = try #require(
            DiscoveryFindings.share(others: -5, variance: 4, total: 1000, totalVariance: 4))
        #expect(beyond.value == 1 && beyond.upper == 1)
    }
}
