// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams

extension Curator {
    /// How far fixed synthetic marginals are from real ones: noisy mean and noisy maximum.
    ///
    /// With `t_p = Σ_i |2^g x_i − m_i|`, one unit changes each `t_p` by at most `Δ = 2^g k`. The maximum
    /// changes by at most Δ. The mean of M of them changes by at most Δ before rounding, and
    /// rounding down keeps that: if `b ≤ a + Δ` with integer Δ then `⌊b⌋ ≤ ⌊a + Δ⌋ = ⌊a⌋ + Δ`. Both get
    /// discrete Gaussian noise with `σ² = Δ²/ρ`, half of the grant each. Total variation distance is
    /// `t / (2 · 2^g · n)`.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each marginal.
    ///   - synthetic: For each marginal the synthetic counts, scaled to the part's size, in 2^g ths.
    ///   - fractionBits: g, from 0 to 20.
    ///   - part: The records asked.
    ///   - grant: Pays; consumed whole.
    /// - Returns: Noisy integers.
    /// - Throws: `CurationError`; nothing was released then.
    public borrowing func discrepancy(
        of cliques: [[Int]], synthetic: [[Int64]], fractionBits: Int, in part: Part,
        grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyDiscrepancy {
        let plan: GaussianPlan
        do throws(CurationError) {
            for clique in cliques { try check(clique, sizes: sizes) }
            guard !cliques.isEmpty, (0...20).contains(fractionBits),
                synthetic.map(\.count) == cliques.map({ Self.cellCount($0, sizes) })
            else { throw CurationError.query("expected one synthetic count for each cell") }
            plan = try self.plan(
                grant.rho.scaled(by: Rational(numerator: 1, denominator: 2)),
                sensitivity: unitRows << fractionBits)
        } catch {
            grant.burn()
            throw error
        }
        var sum: Int128 = 0, worst: Int128 = 0
        let identity = Recoding.identity(sizes: sizes)
        for range in Self.batches(cliques.map { Self.cellCount($0, sizes) }) {
            let tallies = try withSpool(part) { (spool) throws(CurationError) in
                try Self.mapping { () throws(StreamError) in
                    try spool.tallies(of: Array(cliques[range]), recoding: identity)
                }
            }
            for (index, exact) in zip(range, tallies) {
                let distance = Self.distance(exact, synthetic[index], bits: fractionBits)
                sum += distance
                worst = max(worst, distance)
            }
        }
        let half = grant.rho.scaled(by: Rational(numerator: 1, denominator: 2))
        let charges = [
            try Self.spend(half, of: &grant, on: plan.mechanism(cells: 1)),
            try Self.spend(half, of: &grant, on: plan.mechanism(cells: 1)),
        ]
        grant.burn()
        var noise = try Self.noiseSource()
        return NoisyDiscrepancy(
            mean: Int64(sum / Int128(cliques.count)) + noise.gaussian(plan),
            worst: Int64(worst) + noise.gaussian(plan), sigma2: plan.sigma2, charges: charges)
    }

    /// Counts records by the bin of a score and, where a label is given, by its code.
    ///
    /// Every record of the part falls into one cell, so ℓ₂ sensitivity is k.
    ///
    /// - Parameters:
    ///   - score: The score; data, not code.
    ///   - label: An attribute, or `nil`.
    ///   - part: The records asked.
    ///   - grant: Pays; consumed whole.
    /// - Returns: Cells `label × bin`, row-major, with discrete Gaussian noise.
    /// - Throws: `CurationError`; nothing was released then.
    public borrowing func histogram(
        of score: AdditiveScore, by label: Int?, in part: Part, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyHistogram {
        let plan: GaussianPlan
        do {
            try check(score, label: label)
            plan = try self.plan(grant.rho)
        } catch {
            grant.burn()
            throw error
        }
        let bins = score.thresholds.count + 1
        let shape = [label.map { sizes[$0] } ?? 1, bins]
        var cells = [Int64](repeating: 0, count: shape[0] * bins)
        try eachChunk(of: part) { buffer, rows in
            var scores = [Int64](repeating: 0, count: rows)
            for term in score.terms {
                for row in 0..<rows {
                    var cell = 0
                    for attribute in term.attributes {
                        cell =
                            cell * sizes[attribute]
                            + Int(buffer[attribute * CodeSpool.chunkRows + row])
                    }
                    scores[row] += Int64(term.table[cell])
                }
            }
            for row in 0..<rows {
                let first = label.map { Int(buffer[$0 * CodeSpool.chunkRows + row]) } ?? 0
                cells[first * bins + Self.bin(scores[row], score.thresholds)] += 1
            }
        }
        return try answer(cells, shape: shape, plan: plan, part: part, grant: grant)
    }

    /// Counts records by whether a lookup knows their key and guesses their target.
    ///
    /// Every record of the part falls into one of three cells, so ℓ₂ sensitivity is k.
    ///
    /// - Parameters:
    ///   - match: The lookup; data, not code.
    ///   - part: The records asked.
    ///   - grant: Pays; consumed whole.
    /// - Returns: Cells `no entry, wrong, right`, with discrete Gaussian noise.
    /// - Throws: `CurationError`; nothing was released then.
    public borrowing func histogram(
        of match: MatchQuery, in part: Part, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyHistogram {
        let plan: GaussianPlan
        do throws(CurationError) {
            let attributes = match.attributes + [match.target]
            guard attributes.allSatisfy(sizes.indices.contains),
                Self.cellCount(match.attributes, sizes) < .max
            else { throw CurationError.query("the lookup's attributes do not fit the table") }
            plan = try self.plan(grant.rho)
        } catch {
            grant.burn()
            throw error
        }
        var cells: [Int64] = [0, 0, 0]
        try eachChunk(of: part) { buffer, rows in
            for row in 0..<rows {
                var key: UInt64 = 0
                for attribute in match.attributes {
                    key =
                        key * UInt64(sizes[attribute])
                        + UInt64(buffer[attribute * CodeSpool.chunkRows + row])
                }
                let truth = buffer[match.target * CodeSpool.chunkRows + row]
                let guess = match.predictions[key]
                cells[guess == nil ? 0 : guess == truth ? 2 : 1] += 1
            }
        }
        return try answer(cells, shape: [3], plan: plan, part: part, grant: grant)
    }

    private func check(_ score: AdditiveScore, label: Int?) throws(CurationError) {
        let ascending = zip(score.thresholds, score.thresholds.dropFirst()).allSatisfy { $0 < $1 }
        guard ascending, label.map(sizes.indices.contains) ?? true else {
            throw .query("the score's thresholds or label do not fit the table")
        }
        for term in score.terms {
            guard term.attributes.allSatisfy(sizes.indices.contains),
                term.table.count == Self.cellCount(term.attributes, sizes)
            else { throw .query("a table of the score does not fit its attributes") }
        }
    }

    /// Runs a body over the chunks of a part; the body stays inside this room.
    private func eachChunk(
        of part: Part, _ body: ([UInt16], Int) -> Void
    ) throws(CurationError) {
        try withSpool(part) { (spool) throws(CurationError) in
            try Self.mapping { () throws(StreamError) in
                var buffer: [UInt16] = []
                for chunk in 0..<spool.chunkCount {
                    let rows = try spool.read(chunk: chunk, into: &buffer)
                    body(buffer, rows)
                }
            }
        }
    }

    private static func bin(_ score: Int64, _ thresholds: [Int64]) -> Int {
        var low = 0, high = thresholds.count
        while low < high {
            let middle = (low + high) / 2
            if thresholds[middle] <= score { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func answer(
        _ exact: [Int64], shape: [Int], plan: GaussianPlan, part: Part,
        grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyHistogram {
        var noise = try Self.noiseSource()
        let charge: Charge
        do {
            charge = try grant.spend(plan.mechanism(cells: exact.count))
        } catch {
            throw .grant(error)
        }
        var cells = exact
        noise.addGaussian(plan, to: &cells)
        return NoisyHistogram(
            shape: shape, cells: cells, sigma2: plan.sigma2, part: part, charge: charge)
    }
}
