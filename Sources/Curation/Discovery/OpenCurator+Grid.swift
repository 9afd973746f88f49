// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams
import Synchronization
import Tables

/// Cells over a range of a column's grid: public, and fixed before the query.
public struct PublicGrid: Sendable, Codable, Hashable {
    /// First value of each cell, strictly ascending.
    public let starts: [Int64]
    /// Last value of the last cell.
    public let last: Int64

    /// The most cells that a query may have.
    public static let mostCells = 4_096

    /// Creates a grid.
    ///
    /// - Parameters:
    ///   - starts: First value of each cell, strictly ascending, at least one.
    ///   - last: Last value of the last cell, not below its first.
    public init(starts: [Int64], last: Int64) {
        precondition(
            !starts.isEmpty && starts.count <= Self.mostCells && starts[starts.count - 1] <= last
                && zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 },
            "cells ascend")
        self.starts = starts
        self.last = last
    }

    /// Last value of a cell.
    ///
    /// - Parameter cell: The cell.
    public func end(_ cell: Int) -> Int64 {
        cell + 1 < starts.count ? starts[cell + 1] - 1 : last
    }

    /// The cell of a value, or nil outside.
    func cell(of value: Int64) -> Int? {
        guard value >= starts[0], value <= last else { return nil }
        var low = 0, count = starts.count
        while count > 1 {
            let half = count / 2
            if starts[low + half] <= value { low += half }
            count -= half
        }
        return low
    }
}

/// Noisy numbers of records in the cells of a public grid.
public struct NoisyGrid: Sendable, Codable, Hashable {
    /// The cells.
    public let grid: PublicGrid
    /// Noisy counts; may be negative.
    public let cells: [Int64]
    /// σ² of the noise in each.
    public let sigma2: Rational
    /// What they cost.
    public let charge: Charge
}

extension OpenCurator {
    /// Counts the training part's numbers, dates or times in the cells of a public grid.
    ///
    /// Every record falls into one cell at most, by its own value alone, so ℓ₂ sensitivity is k: a unit
    /// moves the counts by a vector of non-negative numbers with sum at most k. All cells get noise,
    /// whether anything is in them or not. Special values, missing ones and what lies outside are in none.
    ///
    /// - Parameters:
    ///   - attribute: The attribute; its domain is open and asks for bounds or quantiles.
    ///   - grid: The cells: public, or post-processing of what was released before.
    ///   - plan: The noise, of sensitivity `unitRows`.
    ///   - grant: Pays; consumed whole, also when the query is refused.
    /// - Returns: Noisy counts: discrete Gaussian noise of `plan.sigma2` in each cell.
    /// - Throws: `CurationError`; nothing was released then.
    /// - Complexity: O(rows × log cells).
    public borrowing func histogram(
        of attribute: Int, over grid: PublicGrid, plan: GaussianPlan, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyGrid {
        var cells: [Int64]
        var noise: NoiseSource
        do throws(CurationError) {
            try Part.training.requirePaid(by: grant.scope)
            guard plan.sensitivity == unitRows else {
                throw CurationError.query("the plan's sensitivity is not the cap per unit")
            }
            cells = try counts(of: attribute, over: grid)
            noise = try Curator.noiseSource()
        } catch {
            grant.burn()
            throw error
        }
        let charge: Charge
        do {
            charge = try noise.addGaussian(plan, to: &cells, paying: grant)
        } catch {
            throw .grant(error)
        }
        return NoisyGrid(grid: grid, cells: cells, sigma2: plan.sigma2, charge: charge)
    }

    /// The exact counts; they stay in this room.
    func counts(of attribute: Int, over grid: PublicGrid) throws(CurationError) -> [Int64] {
        let open = try self.open(attribute)
        let domain = domains[open]
        if case .categories = domain.discovery {
            throw .query("the attribute asks for categories, which have no grid")
        }
        let layout = self.layout
        let totals = Mutex([Int64](repeating: 0, count: grid.starts.count))
        do {
            try training.scan(workers: workers) { block in
                var cells = [Int64](repeating: 0, count: grid.starts.count)
                for row in 0..<block.rowCount {
                    let token = layout.token(open: open, row: row, in: block)
                    guard token.isValue else { continue }
                    let (value, isExact) = token.number
                    if isExact, domain.isSpecial(value) { continue }
                    if let cell = grid.cell(of: value) { cells[cell] += 1 }
                }
                totals.withLock { totals in
                    for index in totals.indices { totals[index] += cells[index] }
                }
            }
        } catch {
            throw .stream(error)
        }
        return totals.withLock { $0 }
    }
}
