// SPDX-License-Identifier: Apache-2.0

/// A noise mechanism with the parameters that fix its privacy cost: what a ledger records.
///
/// Every parameter is public: chosen before looking at the data, or computed from released values.
public enum Mechanism: Sendable, Hashable {
    /// Discrete Gaussian noise of parameter `sigma2` on each of `count` queries with `cells` whole-number
    /// cells in all; one privacy unit moves each query by at most `sensitivity` in the Euclidean norm.
    case gaussian(sigma2: Rational, sensitivity: Int, cells: Int, count: Int)
    /// Discrete Laplace noise of the given scale on each of `count` queries with `cells` whole-number
    /// cells in all; one privacy unit moves each query by at most `sensitivity` in the L1 norm.
    case laplace(scale: Rational, sensitivity: Int, cells: Int, count: Int)
    /// The exponential mechanism over `candidates` whole-number scores, each of which one privacy unit
    /// moves by at most `sensitivity`.
    case exponential(epsilon: Rational, sensitivity: Int, candidates: Int)
    /// Discrete Gaussian noise of parameter `sigma2` on the counts of the keys that occur, of which at most
    /// `keys` are named, and only those whose noisy count is at least `threshold`; one privacy unit adds at
    /// most `sensitivity` records. Keys are told apart by `keyBits` bits of a hash, or by themselves for 0.
    case threshold(sigma2: Rational, sensitivity: Int, threshold: Int, keys: Int, keyBits: Int)
    /// Permute-and-flip over `candidates` whole-number scores, each of which one privacy unit moves by at
    /// most `sensitivity`.
    case permuteAndFlip(epsilon: Rational, sensitivity: Int, candidates: Int)
    /// Whole-number queries, each of which one privacy unit moves by at most `sensitivity`, compared with
    /// one noisy threshold until `positives` of them were above it.
    case aboveThreshold(epsilon: Rational, sensitivity: Int, positives: Int)

    /// The exact cost: all of it zCDP, but for thresholds, which pay δ as well (see `ThresholdPlan`).
    ///
    /// Gaussian: count·Δ²/(2σ²) (Canonne, Kamath and Steinke 2020, Theorem 4 with composition). Laplace:
    /// count·ε²/2 with ε = Δ/scale (Bun and Steinke 2016, Proposition 1.4). Exponential: ε²/8 (Cesar and
    /// Rogers 2021). Permute-and-flip and above-threshold: ε²/2, as any ε-DP mechanism. Parameters that no
    /// mechanism can have stop the program.
    public var cost: PrivacyCost {
        guard case .threshold(let sigma2, let sensitivity, let threshold, _, let bits) = self
        else { return PrivacyCost(zeroConcentrated) }
        return PrivacyCost(
            zeroConcentrated,
            delta: ThresholdPlan.delta(
                sigma2: sigma2, unitRows: sensitivity, threshold: threshold, keyBits: bits))
    }

    /// The zCDP part of the cost.
    public var rho: Rho { zeroConcentrated }

    private var zeroConcentrated: Rho {
        precondition(isSound, "a mechanism needs positive parameters")
        switch self {
        case .gaussian(let sigma2, let sensitivity, _, let count):
            let square = Rational(sensitivity) * Rational(sensitivity)
            return Rho(Rational(count) * square / (2 * sigma2))
        case .laplace(let scale, let sensitivity, _, let count):
            return Rho(pureEpsilon: Rational(sensitivity) / scale).scaled(by: Rational(count))
        case .exponential(let epsilon, _, _):
            return Rho(boundedRange: epsilon)
        case .permuteAndFlip(let epsilon, _, _), .aboveThreshold(let epsilon, _, _):
            return Rho(pureEpsilon: epsilon)
        case .threshold(let sigma2, let sensitivity, _, _, _):
            return Mechanism.gaussian(sigma2: sigma2, sensitivity: sensitivity, cells: 1, count: 1)
                .zeroConcentrated
        }
    }

    private var isSound: Bool {
        switch self {
        case .gaussian(let spread, let sensitivity, let cells, let count),
            .laplace(let spread, let sensitivity, let cells, let count):
            spread > 0 && sensitivity > 0 && cells > 0 && count > 0
        case .exponential(let epsilon, let sensitivity, let count),
            .permuteAndFlip(let epsilon, let sensitivity, let count),
            .aboveThreshold(let epsilon, let sensitivity, let count):
            epsilon > 0 && sensitivity > 0 && count > 0
        case .threshold(let sigma2, let sensitivity, let threshold, let keys, let keyBits):
            sigma2 > 0 && sigma2 < Rational(1 << 62) * Rational(1 << 46) && sensitivity > 0
                && threshold > 0 && threshold < 1 << 61 && keys > 0 && (0...128).contains(keyBits)
        }
    }
}

extension Mechanism: CustomStringConvertible, Codable {
    /// One line for audit documents.
    public var description: String {
        switch self {
        case .gaussian(let sigma2, let sensitivity, let cells, let count):
            "discrete Gaussian, sigma2 \(sigma2), L2 sensitivity \(sensitivity), \(cells) cells, "
                + "\(count) queries"
        case .laplace(let scale, let sensitivity, let cells, let count):
            "discrete Laplace, scale \(scale), L1 sensitivity \(sensitivity), \(cells) cells, "
                + "\(count) queries"
        case .exponential(let epsilon, let sensitivity, let candidates):
            "exponential mechanism, epsilon \(epsilon), sensitivity \(sensitivity), "
                + "\(candidates) candidates"
        case .threshold(let sigma2, let sensitivity, let threshold, let keys, let keyBits):
            "thresholded discrete Gaussian, sigma2 \(sigma2), L2 sensitivity \(sensitivity), "
                + "threshold \(threshold), at most \(keys) keys"
                + (keyBits > 0 ? ", keys of \(keyBits)-bit hashes" : "")
        case .permuteAndFlip(let epsilon, let sensitivity, let candidates):
            "permute-and-flip, epsilon \(epsilon), sensitivity \(sensitivity), "
                + "\(candidates) candidates"
        case .aboveThreshold(let epsilon, let sensitivity, let positives):
            "above-threshold, epsilon \(epsilon), sensitivity \(sensitivity), "
                + "\(positives) positives"
        }
    }

    private enum Name: String, Codable {
        case gaussian, laplace, exponential, threshold, permuteAndFlip, aboveThreshold
    }

    private enum CodingKeys: String, CodingKey {
        case mechanism, sigma2, scale, epsilon, sensitivity, cells, count, candidates, threshold
        case keys, keyBits, positives
    }

    /// Decodes an object whose `mechanism` names the case.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError` when a parameter is missing or no mechanism can have it.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let sensitivity = try values.decode(Int.self, forKey: .sensitivity)
        switch try values.decode(Name.self, forKey: .mechanism) {
        case .gaussian:
            self = .gaussian(
                sigma2: try values.decode(Rational.self, forKey: .sigma2),
                sensitivity: sensitivity, cells: try values.decode(Int.self, forKey: .cells),
                count: try values.decode(Int.self, forKey: .count))
        case .laplace:
            self = .laplace(
                scale: try values.decode(Rational.self, forKey: .scale),
                sensitivity: sensitivity, cells: try values.decode(Int.self, forKey: .cells),
                count: try values.decode(Int.self, forKey: .count))
        case .exponential:
            self = .exponential(
                epsilon: try values.decode(Rational.self, forKey: .epsilon),
                sensitivity: sensitivity,
                candidates: try values.decode(Int.self, forKey: .candidates))
        case .threshold:
            self = .threshold(
                sigma2: try values.decode(Rational.self, forKey: .sigma2),
                sensitivity: sensitivity,
                threshold: try values.decode(Int.self, forKey: .threshold),
                keys: try values.decode(Int.self, forKey: .keys),
                keyBits: try values.decode(Int.self, forKey: .keyBits))
        case .permuteAndFlip:
            self = .permuteAndFlip(
                epsilon: try values.decode(Rational.self, forKey: .epsilon),
                sensitivity: sensitivity,
                candidates: try values.decode(Int.self, forKey: .candidates))
        case .aboveThreshold:
            self = .aboveThreshold(
                epsilon: try values.decode(Rational.self, forKey: .epsilon),
                sensitivity: sensitivity,
                positives: try values.decode(Int.self, forKey: .positives))
        }
        guard isSound else {
            throw DecodingError.dataCorruptedError(
                forKey: .mechanism, in: values,
                debugDescription: "mechanism: found a parameter that is not positive")
        }
    }

    /// Encodes an object whose `mechanism` names the case.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .gaussian(let sigma2, let sensitivity, let cells, let count):
            try values.encode(Name.gaussian, forKey: .mechanism)
            try values.encode(sigma2, forKey: .sigma2)
            try values.encode(sensitivity, forKey: .sensitivity)
            try values.encode(cells, forKey: .cells)
            try values.encode(count, forKey: .count)
        case .laplace(let scale, let sensitivity, let cells, let count):
            try values.encode(Name.laplace, forKey: .mechanism)
            try values.encode(scale, forKey: .scale)
            try values.encode(sensitivity, forKey: .sensitivity)
            try values.encode(cells, forKey: .cells)
            try values.encode(count, forKey: .count)
        case .exponential(let epsilon, let sensitivity, let candidates):
            try values.encode(Name.exponential, forKey: .mechanism)
            try values.encode(epsilon, forKey: .epsilon)
            try values.encode(sensitivity, forKey: .sensitivity)
            try values.encode(candidates, forKey: .candidates)
        case .threshold(let sigma2, let sensitivity, let threshold, let keys, let keyBits):
            try values.encode(Name.threshold, forKey: .mechanism)
            try values.encode(sigma2, forKey: .sigma2)
            try values.encode(sensitivity, forKey: .sensitivity)
            try values.encode(threshold, forKey: .threshold)
            try values.encode(keys, forKey: .keys)
            try values.encode(keyBits, forKey: .keyBits)
        case .permuteAndFlip(let epsilon, let sensitivity, let candidates):
            try values.encode(Name.permuteAndFlip, forKey: .mechanism)
            try values.encode(epsilon, forKey: .epsilon)
            try values.encode(sensitivity, forKey: .sensitivity)
            try values.encode(candidates, forKey: .candidates)
        case .aboveThreshold(let epsilon, let sensitivity, let positives):
            try values.encode(Name.aboveThreshold, forKey: .mechanism)
            try values.encode(epsilon, forKey: .epsilon)
            try values.encode(sensitivity, forKey: .sensitivity)
            try values.encode(positives, forKey: .positives)
        }
    }
}
