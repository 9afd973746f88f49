// SPDX-License-Identifier: Apache-2.0

/// The machine-readable audit document, `audit/audit.json`.
///
/// Its sections follow the questions that NIST SP 800-226, ISO/IEC 27559, HIPAA 164.514 and the
/// OpenDP deployments registry ask of a release. Amounts of privacy are exact decimal or fraction
/// texts beside their rounded reading. Every section is either public or post-processing of charged
/// outputs; `basis` says which.
public struct AuditRecord: Codable, Sendable {
    /// Section 1: which release this is.
    public struct Identity: Codable, Sendable {
        /// The release's name.
        public var release: String
        /// Its title.
        public var title: String
        /// SHA-256 of the plan that was run.
        public var planSHA256: String
        /// Name and version of the program.
        public var tool: String
        /// RFC 3339 time of creation, UTC.
        public var created: String
    }

    /// Section 2: for whom and for what.
    public struct Purpose: Codable, Sendable {
        /// The recipient's name.
        public var recipient: String
        /// The intended use, as the release file states it.
        public var intendedUse: String?
        /// Where the recipient is.
        public var jurisdiction: String?
        /// The contract that covers the hand-over.
        public var contract: String?
        /// The last day of permitted use.
        public var expires: String?
    }

    /// A column of the table.
    public struct Column: Codable, Sendable {
        /// The column's name.
        public var name: String
        /// Its type in the schema.
        public var type: String
        /// identifier, quasi, sensitive or attribute.
        public var role: String
        /// synthesised, computed, generated or omitted.
        public var treatment: String
        /// Cells of its domain; absent for identifiers.
        public var cells: Int?
    }

    /// What one mechanism of discovery found, and under what cost.
    public struct Discovered: Codable, Sendable {
        /// The column, and what was asked: categories, bounds or quantiles.
        public var column: String, kind: String
        /// The noisy count that was asked of a category or of the range at an edge; absent for quantiles.
        public var threshold: Int?
        /// What was found, in words; the domain itself is in `schema.json`.
        public var found: String
        /// ρ and δ actually spent, exact; δ is absent where it is zero.
        public var rho: String, delta: String?
    }

    /// Section 3: the data and the privacy unit.
    public struct DataAndUnit: Codable, Sendable {
        /// SHA-256 of the schema: of the file that was given, or of it with the domains that were discovered.
        ///
        /// The archive's `schema.json` has the shapes of bins besides, which follow from the measurements.
        public var schemaSHA256: String
        /// SHA-256 of the file that was given, where domains were discovered; absent otherwise.
        public var requestedSchemaSHA256: String?
        /// What was discovered; absent where all domains are declared.
        public var discovery: [Discovered]?
        /// The columns.
        public var columns: [Column]
        /// The column that names the privacy unit; absent where each record is its own.
        public var unitColumn: String?
        /// The enforced cap of records per unit.
        public var rowsPerUnit: Int
        /// How many counted shards the release was made from; absent where one process read the table.
        public var shards: Int?
        /// How it was checked that no unit is in two shards; absent as above.
        public var unitSeparation: String?
        /// The neighbouring relation.
        public var neighbouringRelation: String
        /// Where the domains come from.
        public var domainSource: String
    }

    /// Section 4: the guarantee.
    public struct Guarantee: Codable, Sendable {
        /// The definition of privacy.
        public var variant: String
        /// ρ of zero-concentrated differential privacy, exact.
        public var rho: String
        /// ε at `delta`.
        public var epsilon: String
        /// δ.
        public var delta: String
        /// ε at `delta` by the exact loss distribution of the Gaussian measurements; nil where that says
        /// nothing about the release.
        public var exactEpsilon: String?
        /// What is not protected.
        public var unprotected: [String]
        /// The guarantee in words.
        public var statement: String
    }

    /// One charged mechanism.
    public struct Cost: Codable, Sendable {
        /// What was asked.
        public var purpose: String
        /// The mechanism and its parameters.
        public var mechanism: String
        /// The part of the records asked: training or holdout.
        public var part: String
        /// ρ actually spent, exact.
        public var rho: String
        /// δ actually spent, exact; absent where it is zero.
        public var delta: String?
    }

    /// Section 5: accounting.
    public struct Accounting: Codable, Sendable {
        /// The population whose budget is charged.
        public var population: String
        /// ρ reserved for this release, exact.
        public var reservedRho: String
        /// The population's cap.
        public var capEpsilon: String, capDelta: String
        /// ε of all releases of this population including this one, at the cap's δ: no exact number, as the
        /// conversion of ρ has none, but rounded up to four digits.
        public var lifetimeEpsilon: String
        /// The share of the cap's ρ spent before this release, 0 to 1.
        public var shareBefore: Double
        /// The share of the cap's ρ that this release takes, 0 to 1.
        public var shareNow: Double
        /// Composition rules used.
        public var composition: [String]
        /// Every mechanism that ran.
        public var charges: [Cost]
        /// The ledger's sequence number of the reservation and the hash of that entry.
        public var ledgerSequence: Int, ledgerHash: String
    }

    /// The rules between columns that the schema declares, and how the written records keep them.
    public struct Constraints: Codable, Sendable {
        /// The rules as they are declared.
        public var declared: [String]
        /// Written records that were checked, and those of them that break a rule: none, or there is no archive.
        public var checkedRecords: Int, brokenRecords: Int
        /// Cells that were redrawn because no values of the drawn ones keep the rules.
        public var changedCells: Int
        /// Records whose values were moved inside their cells.
        public var movedRecords: Int
        /// Records of units whose constant columns could not have one value in all of them.
        public var splitRecords: Int
    }

    /// Section 6: how noise was made.
    public struct Mechanism: Codable, Sendable {
        /// The synthesizer.
        public var method: String
        /// Its description.
        public var description: String
        /// Why `auto` took it, by public facts or noisy figures; absent where it was asked for.
        public var reason: String?
        /// Where randomness comes from.
        public var randomness: String
        /// How noise is sampled.
        public var sampling: String
        /// Whether the estimation converged, and how far.
        public var estimation: String
        /// The estimated number of training records, with its standard error.
        public var estimatedRecords: Double, estimatedRecordsError: Double
        /// Records written.
        public var rowsWritten: Int
        /// Invented units that the rows written belong to; absent where each row is one.
        public var unitsWritten: Int?
        /// Cells that were changed so that the rows of a unit agree where the schema says so; absent as above.
        public var changedCells: Int?
        /// The declared rules between columns; absent where there are none.
        public var constraints: Constraints?
        /// Earlier releases whose measurements were evidence, at no cost; absent where there are none.
        public var reused: [Reused]?
    }

    /// An earlier release of the population that helped to fit the model.
    public struct Reused: Codable, Sendable {
        /// The release, the SHA-256 of its kept measurements, and the ledger entry that paid for them.
        public var release: String, sha256: String, ledgerSequence: Int
        /// The total variation by which shares were declared to have moved since, at most.
        public var drift: Double
    }

    /// One threshold and what became of it.
    public struct Finding: Codable, Sendable {
        /// The threshold's name.
        public var name: String
        /// The figure in words.
        public var label: String
        /// The value and its 99% interval; absent when not assessed.
        public var value: Double?, lower: Double?, upper: Double?
        /// Whether the interval leaves out anything that the figure could sensibly be; absent when not assessed.
        ///
        /// False means that records or budget are too few to tell.
        public var informative: Bool?
        /// The threshold; absent when the release file sets none.
        public var threshold: Double?
        /// pass, inconclusive, fail, or not assessed.
        public var verdict: String
        /// public or dp-charged.
        public var basis: String
    }

    /// One row of the hazard checklist.
    public struct Hazard: Codable, Sendable {
        /// The hazard.
        public var hazard: String
        /// mitigated, accepted, or not applicable.
        public var state: String
        /// The evidence for that state.
        public var evidence: String
    }

    /// Sections 1 to 4.
    public var identity: Identity, purpose: Purpose, data: DataAndUnit, guarantee: Guarantee
    /// Sections 5 and 6.
    public var accounting: Accounting, mechanism: Mechanism
    /// Section 7: what was done before and after the mechanisms.
    public var processing: [String]
    /// Section 8: utility; section 9: attacks.
    public var utility: [Finding], attacks: [Finding]
    /// What was not assessed, and why.
    public var notAssessed: [String]
    /// Section 10: trust and side channels.
    public var trust: [String]
    /// Section 11: the hazard checklist.
    public var hazards: [Hazard]
    /// Section 13: terms.
    public var terms: [String]
    /// Section 14: review and incidents.
    public var review: [String]
    /// Section 15: what this document does not claim.
    public var limits: [String]
}
