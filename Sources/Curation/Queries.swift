// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// The two disjoint sets of privacy units.
public enum Part: String, Sendable, Codable {
    /// What the synthetic table is learnt from.
    case training
    /// What no training sees: real test records, and controls for attacks.
    case holdout
}

extension Part {
    /// Refuses a grant that pays for the other part's records.
    func requirePaid(by scope: PrivacyGrant.Scope) throws(CurationError) {
        let pays =
            switch scope {
            case .all: true
            case .training: self == .training
            case .holdout: self == .holdout
            }
        guard pays else {
            throw .query(
                "grant: found one for the other part of the records, expected one for \(rawValue); pay for "
                    + "each part out of its own grant")
        }
    }
}

/// Who is protected, and how much of them is used.
public struct UnitRule: Sendable, Hashable {
    /// The column that names the privacy unit; `nil` where each record is its own.
    public let column: String?
    /// The most records of one unit that any answer depends on.
    public let rows: Int

    /// Creates a rule.
    ///
    /// - Parameters:
    ///   - column: The column that names the privacy unit, or `nil`.
    ///   - rows: The cap, at least 1; exactly 1 without a column.
    public init(column: String?, rows: Int) {
        precondition(rows >= 1 && (column != nil || rows == 1), "the cap is at least 1")
        self.column = column
        self.rows = rows
    }
}

/// A score of a record as a sum of table entries, with fixed bins.
///
/// The score is data, not code: it crosses the wall inwards and can do nothing there but be summed.
public struct AdditiveScore: Sendable, Codable, Hashable {
    /// One table of the sum.
    public struct Term: Sendable, Codable, Hashable {
        /// The attributes that choose the entry, in the order of the table's axes.
        public let attributes: [Int]
        /// Entries, row-major, last attribute fastest.
        public let table: [Int32]

        /// Creates a term.
        ///
        /// - Parameters:
        ///   - attributes: The attributes that choose the entry.
        ///   - table: Entries, row-major, last attribute fastest.
        public init(attributes: [Int], table: [Int32]) {
            self.attributes = attributes
            self.table = table
        }
    }

    /// The tables.
    public let terms: [Term]
    /// Ascending thresholds; a record's bin is the number of thresholds that are at most its score.
    public let thresholds: [Int64]

    /// Creates a score.
    ///
    /// - Parameters:
    ///   - terms: The tables.
    ///   - thresholds: Ascending thresholds.
    public init(terms: [Term], thresholds: [Int64]) {
        self.terms = terms
        self.thresholds = thresholds
    }
}

/// A guess of one attribute from others, by lookup.
///
/// Decision of a record: 0 no entry for its key, 1 an entry that is wrong, 2 one that is right.
public struct MatchQuery: Sendable, Codable, Hashable {
    /// The attributes of the key, most significant first.
    public let attributes: [Int]
    /// The attribute that is guessed.
    public let target: Int
    /// From mixed-radix key to guessed code.
    public let predictions: [UInt64: UInt16]

    /// Creates a query.
    ///
    /// - Parameters:
    ///   - attributes: The attributes of the key, most significant first.
    ///   - target: The attribute that is guessed.
    ///   - predictions: From mixed-radix key to guessed code.
    public init(attributes: [Int], target: Int, predictions: [UInt64: UInt16]) {
        self.attributes = attributes
        self.target = target
        self.predictions = predictions
    }
}

/// A marginal with discrete Gaussian noise in every cell.
public struct NoisyMarginal: Sendable, Codable, Hashable {
    /// The attributes.
    public let attributes: [Int]
    /// Noisy counts, row-major over the recoded attributes, last fastest; may be negative.
    public let cells: [Int64]
    /// σ² of the noise in each cell.
    public let sigma2: Rational
    /// What it cost.
    public let charge: Charge
}

/// A histogram of records with discrete Gaussian noise in every cell.
public struct NoisyHistogram: Sendable, Codable, Hashable {
    /// Cells along each axis.
    public let shape: [Int]
    /// Noisy counts, row-major.
    public let cells: [Int64]
    /// σ² of the noise in each cell.
    public let sigma2: Rational
    /// The records that were counted.
    public let part: Part
    /// What it cost.
    public let charge: Charge
}

/// Noisy distances between real and synthetic marginals.
public struct NoisyDiscrepancy: Sendable, Codable, Hashable {
    /// Noisy mean and noisy maximum over the marginals of `Σ |2^g x − m|`.
    public let mean: Int64, worst: Int64
    /// σ² of the noise in either.
    public let sigma2: Rational
    /// What they cost.
    public let charges: [Charge]
}
