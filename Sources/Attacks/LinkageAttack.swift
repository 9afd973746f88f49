// SPDX-License-Identifier: Apache-2.0

public import Curation
public import Evaluation
import Glibc
public import Privacy
import Synthesis

/// What linking on quasi-identifiers revealed about one sensitive attribute.
public struct LinkageTarget: Sendable, Codable, Hashable {
    /// The sensitive attribute's index among the measured attributes.
    public let attribute: Int
    /// Share of training records whose sensitive value was told rightly; `nil` under the noise.
    public let members: Estimate?
    /// The same share among holdout records, which the release has never seen.
    public let controls: Estimate?
    /// `(members − controls) / (1 − controls)`: what the release adds to what is true of anyone.
    public let risk: Estimate?
}

/// What a linkage attack on the release achieved.
public struct LinkageEvidence: Sendable, Codable {
    /// The quasi-identifiers that the attacker knows, as attribute indices.
    public let quasi: [Int]
    /// One entry a sensitive attribute.
    public let targets: [LinkageTarget]
    /// The risk that the same attack finds in a release that copies its members.
    public let positiveControlRisk: Double
    /// Whether the positive control succeeded.
    public let isConclusive: Bool
    /// What the histograms cost.
    public let charges: [Charge]
}

/// Linkage on quasi-identifiers: the attacker knows a person's quasi-identifiers, looks up the
/// synthetic rows that agree in all of them, and takes their most frequent sensitive value.
///
/// The guess depends on public rows and on the record asked about; whether the record is unique among
/// real ones is never asked. The control group tells what is true of anyone with such
/// quasi-identifiers from what the release gives away about its members
/// (Giomi et al., PoPETs 2023, for the residual risk).
public enum LinkageAttack {
    /// Sensitive attributes attacked, at most.
    static let largestTargets = 3
    /// Synthetic rows that the attacker looks through, at most.
    static let largestBlocks = 16
    /// Rows of the positive control.
    static let controlRows = 200
    /// Risk that the positive control has to reach.
    static let controlRisk = 0.1

    /// Buys one decision histogram for each sensitive attribute and part.
    ///
    /// - Parameters:
    ///   - curator: The curator of the real records.
    ///   - table: The fixed synthetic table.
    ///   - quasi: Attribute indices of the quasi-identifiers.
    ///   - sensitive: Attribute indices of the sensitive attributes.
    ///   - training: Pays for the members' histograms; consumed whole.
    ///   - holdout: Pays for the controls' histograms; consumed whole.
    /// - Returns: Rates and residual risks, or `nil` where there is nothing to link or to reveal.
    /// - Throws: `CurationError` when a query is refused or the spool cannot be read.
    public static func run(
        curator: borrowing Curator, table: SyntheticTable, quasi: [Int], sensitive: [Int],
        training: consuming PrivacyGrant, holdout: consuming PrivacyGrant
    ) throws(CurationError) -> LinkageEvidence? {
        let keys = keyAttributes(quasi, sizes: table.sizes)
        let targets = Array(sensitive.filter { !keys.contains($0) }.prefix(largestTargets))
        guard !keys.isEmpty, !targets.isEmpty else {
            training.burn()
            holdout.burn()
            return nil
        }
        let share = Rational(numerator: 1, denominator: targets.count)
        let memberRho = training.rho.scaled(by: share)
        let controlRho = holdout.rho.scaled(by: share)
        var results: [LinkageTarget] = []
        var charges: [Charge] = []
        var worstControl = 1.0
        for target in targets {
            let query = MatchQuery(
                attributes: keys, target: target, predictions: predictions(table, keys, target))
            let members = try curator.histogram(
                of: query, in: .training, grant: try take(memberRho, from: &training))
            let controls = try curator.histogram(
                of: query, in: .holdout, grant: try take(controlRho, from: &holdout))
            charges += [members.charge, controls.charge]
            results.append(
                compare(
                    target: target, members: members, controls: controls,
                    recordsPerUnit: curator.unitRows))
            worstControl = min(worstControl, positiveControl(table, keys, target))
        }
        training.burn()
        holdout.burn()
        return LinkageEvidence(
            quasi: keys, targets: results, positiveControlRisk: worstControl,
            isConclusive: worstControl >= controlRisk, charges: charges)
    }

    private static func take(
        _ rho: Rho, from grant: inout PrivacyGrant
    ) throws(CurationError) -> PrivacyGrant {
        do {
            return try grant.take(rho)
        } catch {
            throw CurationError.grant(error)
        }
    }

    /// As many quasi-identifiers, in order, as fit one 64-bit mixed-radix key.
    private static func keyAttributes(_ quasi: [Int], sizes: [Int]) -> [Int] {
        var keys: [Int] = []
        var product: UInt64 = 1
        for attribute in quasi {
            let (next, overflow) = product.multipliedReportingOverflow(by: UInt64(sizes[attribute]))
            if overflow || next >= 1 << 62 { break }
            product = next
            keys.append(attribute)
        }
        return keys
    }

    /// The most frequent sensitive value of each combination of quasi-identifiers among the rows.
    static func predictions(
        _ codes: [UInt16], rows: Int, sizes: [Int], keys: [Int], target: Int,
        into counts: inout [UInt64: [UInt16: Int]]
    ) {
        for row in 0..<rows {
            var key: UInt64 = 0
            for attribute in keys {
                key = key * UInt64(sizes[attribute]) + UInt64(codes[attribute * rows + row])
            }
            counts[key, default: [:]][codes[target * rows + row], default: 0] += 1
        }
    }

    static func majority(_ counts: [UInt64: [UInt16: Int]]) -> [UInt64: UInt16] {
        counts.compactMapValues { values in
            values.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        }
    }

    private static func predictions(
        _ table: SyntheticTable, _ keys: [Int], _ target: Int
    ) -> [UInt64: UInt16] {
        var counts: [UInt64: [UInt16: Int]] = [:]
        for index in 0..<min(table.blockCount, largestBlocks) {
            let (codes, rows) = table.block(index)
            predictions(
                codes, rows: rows, sizes: table.sizes, keys: keys, target: target, into: &counts)
        }
        return majority(counts)
    }

    /// Rates and residual risk from two noisy histograms of `no match, wrong, right`.
    static func compare(
        target: Int, members: NoisyHistogram, controls: NoisyHistogram, recordsPerUnit: Int
    ) -> LinkageTarget {
        let attacked = rate(members, recordsPerUnit), baseline = rate(controls, recordsPerUnit)
        var risk: Estimate?
        if let attacked, let baseline, baseline.rate < 1 {
            let rest = 1 - baseline.rate
            let value = (attacked.rate - baseline.rate) / rest
            let first = attacked.error / rest
            let second = baseline.error * (attacked.rate - 1) / (rest * rest)
            risk = .normal(
                value, standardError: (first * first + second * second).squareRoot(), in: -1...1,
                z: Estimate.z99of2)
        }
        return LinkageTarget(
            attribute: target, members: attacked?.estimate, controls: baseline?.estimate, risk: risk
        )
    }

    private struct Rate {
        let rate: Double, error: Double
        var estimate: Estimate {
            .normal(rate, standardError: error, in: 0...1, z: Estimate.z99of2)
        }
    }

    /// The share of the third cell, with noise and binomial sampling in its error.
    private static func rate(_ histogram: NoisyHistogram, _ recordsPerUnit: Int) -> Rate? {
        let cells = histogram.cells.map(Double.init)
        let noise = Double(histogram.sigma2, rounding: .toNearestOrEven)
        let total = cells[0] + cells[1] + cells[2]
        guard total >= max(10, 5 * (3 * noise).squareRoot()) else { return nil }
        let rate = min(max(cells[2] / total, 0), 1)
        // d(right/total): (1 − r)/n for the right cell, −r/n for each of the others.
        let fromNoise = noise * ((1 - rate) * (1 - rate) + 2 * rate * rate) / (total * total)
        // A unit's records may all agree: the worst case of clustering.
        let fromSampling = Double(recordsPerUnit) * max(rate * (1 - rate), 1 / total) / total
        return Rate(rate: rate, error: (fromNoise + fromSampling).squareRoot())
    }

    /// The residual risk of a release that is an exact copy of its members, on public rows.
    private static func positiveControl(
        _ table: SyntheticTable, _ keys: [Int], _ target: Int
    ) -> Double {
        let count = controlRows
        let members = table.rows(block: table.blockCount + 1, count: count)
        let others = table.rows(block: table.blockCount + 2, count: count)
        var counts: [UInt64: [UInt16: Int]] = [:]
        predictions(
            members, rows: count, sizes: table.sizes, keys: keys, target: target, into: &counts)
        let guesses = majority(counts)
        func success(_ codes: [UInt16]) -> Double {
            var right = 0
            for row in 0..<count {
                var key: UInt64 = 0
                for attribute in keys {
                    key =
                        key * UInt64(table.sizes[attribute])
                        + UInt64(codes[attribute * count + row])
                }
                if guesses[key] == codes[target * count + row] { right += 1 }
            }
            return Double(right) / Double(count)
        }
        let baseline = success(others)
        return baseline < 1 ? (success(members) - baseline) / (1 - baseline) : 0
    }
}
