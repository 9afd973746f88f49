// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams
public import Tables

/// The door in the wall for records some of whose domains are still to be found out.
///
/// The table is read once. Values of open columns are spooled as tokens, bounded and split like all others,
/// so discovery and everything after it see the same records of the same units: what is discovered is
/// learnt from the training part only, and no unit is in both parts. `encoded(by:)` turns tokens
/// into codes when the domains are known. Like `Curator` it returns no exact value and cannot be copied,
/// printed or encoded.
public struct OpenCurator: ~Copyable {
    let training: CodeSpool
    let holdout: CodeSpool
    let layout: TokenLayout
    let domains: [OpenDomain]
    let spills: [TextSpill?]
    let hash: KeyedHash
    let sketch: [UnitHash]
    let unitSizes: UnitSizes?
    let workers: Int
    /// The cap of records per privacy unit: ℓ₁ and ℓ₂ sensitivity of every histogram.
    public let unitRows: Int

    /// Reads a table once, as `Curator.curate` does; the schema may have open domains.
    ///
    /// Spends nothing and releases nothing. Memory grows neither with records nor with different texts.
    ///
    /// - Parameters:
    ///   - reader: The table, opened with the same schema.
    ///   - schema: Its schema.
    ///   - unit: The privacy unit and its cap.
    ///   - holdout: The expected share of units in the holdout part, from 0 to below 1.
    ///   - key: The key of units; fresh for each table.
    ///   - options: Where temporary files go, and how many threads there are.
    /// - Returns: The curator.
    /// - Throws: `CurationError` when the table is refused or the disk is full.
    public static func curate(
        _ reader: consuming TableReader, schema: Schema, unit: UnitRule, holdout: Rational,
        key: ShardKey = .random(), options: CurationOptions
    ) throws(CurationError) -> OpenCurator {
        let layout = TokenLayout(schema)
        let intake: Intake
        let tokens: TokenIntake
        do {
            intake = try Intake(
                sizes: layout.sizes, unit: unit, holdout: holdout, hash: key.hash, options: options)
            tokens = try TokenIntake(layout, hash: key.hash, options: options)
        } catch {
            throw .stream(error)
        }
        do {
            try reader.read(
                workers: options.workers,
                layout: CodeLayout(sizes: layout.sizes, capacity: CodeSpool.blockRows),
                progress: options.progress
            ) { (worker, block) throws(StreamError) in
                try tokens.place(&block, worker: worker)
                try intake.add(block, worker: worker)
            }
        } catch {
            throw .table(error)
        }
        do {
            try tokens.finish()
            let spools = try intake.finish()
            return OpenCurator(
                training: spools.training, holdout: spools.holdout, layout: layout,
                domains: schema.measured.compactMap { schema.fields[$0].open },
                spills: tokens.spills, hash: key.hash, sketch: spools.sketch,
                unitSizes: spools.unitSizes, workers: options.workers, unitRows: unit.rows)
        } catch {
            throw .stream(error)
        }
    }

    /// The open column of an attribute.
    func open(_ attribute: Int) throws(CurationError) -> Int {
        guard layout.places.indices.contains(attribute),
            case .token(_, let open) = layout.places[attribute]
        else { throw .query("the attribute's domain is declared, so there is nothing to discover") }
        return open
    }
}
