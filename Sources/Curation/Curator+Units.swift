// SPDX-License-Identifier: Apache-2.0

public import Privacy

extension Curator {
    /// The largest cap of records per unit for which they are counted.
    public static let mostUnitRows = 10_000

    /// Whether units are counted by their records: where the unit has a column and may have several records,
    /// but not more than `mostUnitRows`.
    ///
    /// - Parameter unit: The privacy unit and its cap.
    public static func countsUnits(_ unit: UnitRule) -> Bool {
        unit.column != nil && (2...mostUnitRows).contains(unit.rows)
    }

    /// Counts units by how many records they have after bounding.
    ///
    /// Every unit of the part falls into one cell, so ℓ₂ sensitivity is 1, whatever the cap: unlike a count
    /// of records it does not grow with it.
    ///
    /// - Parameters:
    ///   - part: The records asked.
    ///   - grant: Pays; consumed whole, also when the query is refused.
    /// - Returns: Cells of the units with 1, 2, … and `unitRows` records, with discrete Gaussian noise of
    ///   `σ² = 1/2ρ`, rounded up.
    /// - Throws: `CurationError`; nothing was released then.
    public borrowing func rowsPerUnit(
        in part: Part, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyHistogram {
        let plan: GaussianPlan
        var cells: [Int64]
        do throws(CurationError) {
            try part.requirePaid(by: grant.scope)
            guard let exact = unitSizes(in: part) else {
                throw CurationError.query(
                    "records per unit: found none counted, expected a unit column and a cap from 2 to "
                        + "\(Self.mostUnitRows)")
            }
            cells = exact
            plan = try self.plan(grant.rho, sensitivity: 1)
        } catch {
            grant.burn()
            throw error
        }
        #if MUTANTS
            if Mutation.active == .weightedUnits {
                for cell in cells.indices { cells[cell] *= Int64(cell + 1) }
            }
        #endif
        var noise = try Self.noiseSource()
        let charge: Charge
        do {
            charge = try noise.addGaussian(plan, to: &cells, paying: grant)
        } catch {
            throw .grant(error)
        }
        return NoisyHistogram(
            shape: [cells.count], cells: cells, sigma2: plan.sigma2, part: part, charge: charge)
    }

    /// Refuses shards that were counted without the records per unit, before anything is charged.
    ///
    /// - Throws: `CurationError.shard`.
    public borrowing func requireRowsPerUnit() throws(CurationError) {
        guard unitSizes(in: .training) == nil else { return }
        throw .shard(
            "not counted: the records per unit: expected them in every tally, as this release asks for "
                + "them; count the shards again with this release file")
    }
}
