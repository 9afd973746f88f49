// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams
public import Tables

/// How records are curated.
public struct CurationOptions: Sendable {
    /// A folder on a local disk for private, nameless temporary files.
    public let temporaryDirectory: String
    /// Whether those files are encrypted under a key of this process.
    public let encryptSpool: Bool
    /// Threads that read, bound and count.
    public let workers: Int
    /// Learns how far the reading is, for the owner's terminal.
    public let progress: ReadProgress?

    /// Creates options.
    ///
    /// - Parameters:
    ///   - temporaryDirectory: A folder on a local disk for temporary files.
    ///   - encryptSpool: Whether those files are encrypted.
    ///   - workers: Threads to use, at least 1.
    ///   - progress: Learns how far the reading is.
    public init(
        temporaryDirectory: String, encryptSpool: Bool = false, workers: Int = 1,
        progress: ReadProgress? = nil
    ) {
        precondition(workers >= 1, "somebody must do the work")
        self.temporaryDirectory = temporaryDirectory
        self.encryptSpool = encryptSpool
        self.workers = workers
        self.progress = progress
    }
}

/// The one door in the wall: owns the exact records and answers queries about them with noise only,
/// each against a grant.
///
/// No member returns an exact value, not even a number of records. Queries are values (cliques,
/// tables, thresholds), so no other room's code ever runs over a record. Not copyable, not encodable,
/// not printable.
public struct Curator: ~Copyable {
    /// Where exact answers come from.
    private enum Records {
        case spooled(training: CodeSpool, holdout: CodeSpool)
        case counted(CountedTables)
    }

    private let records: Records
    /// Cells of each attribute.
    public let sizes: [Int]
    /// The cap of records per privacy unit: ℓ₁ and ℓ₂ sensitivity of every marginal.
    public let unitRows: Int
    /// Threads that count.
    let workers: Int
    /// Hashes of units by which two shards with a unit in common can be told; see `UnitSketch`.
    let sketch: [UnitHash]
    /// Units by how many records they have; nil where they are not counted.
    private let sizesOfUnits: UnitSizes?
    /// Tells this curator from others.
    let identity = Identity()

    /// One curator's own, however alike two are.
    final class Identity: Sendable {}

    /// Reads a table once, bounds every privacy unit's records, splits units into training and
    /// holdout, and spools the codes.
    ///
    /// Each unit is in one part, by a keyed hash of its name with a fresh key, so the two parts hold
    /// disjoint units by a rule that looks at no other unit. Spends nothing and releases nothing.
    ///
    /// - Parameters:
    ///   - reader: The table.
    ///   - schema: Its schema.
    ///   - unit: The privacy unit and its cap.
    ///   - holdout: The expected share of units in the holdout part, from 0 to below 1.
    ///   - options: Where temporary files go.
    /// - Returns: The curator.
    /// - Throws: `CurationError` when the table is refused or the disk is full. Complexity: one pass
    ///   over the table; memory does not grow with records.
    public static func curate(
        _ reader: consuming TableReader, schema: Schema, unit: UnitRule, holdout: Rational,
        options: CurationOptions
    ) throws(CurationError) -> Curator {
        // The operating system's generator: the key is as unpredictable as the noise.
        try curate(
            reader, schema: schema, unit: unit, holdout: holdout, key: .random(), options: options)
    }

    /// Curates under a given key: the same records, key and unit rule give the same parts, whatever
    /// the order of records and files and the number of threads.
    ///
    /// - Parameters:
    ///   - reader: The table.
    ///   - schema: Its schema.
    ///   - unit: The privacy unit and its cap.
    ///   - holdout: The expected share of units in the holdout part, from 0 to below 1.
    ///   - key: The key; secret, and fresh for each table.
    ///   - options: Where temporary files go, and how many threads there are.
    /// - Returns: The curator.
    /// - Throws: `CurationError` as above.
    public static func curate(
        _ reader: consuming TableReader, schema: Schema, unit: UnitRule, holdout: Rational,
        key: ShardKey, options: CurationOptions
    ) throws(CurationError) -> Curator {
        let hash = key.hash
        let intake: Intake
        do {
            intake = try Intake(
                sizes: schema.codecs.map(\.cellCount), unit: unit, holdout: holdout, hash: hash,
                options: options)
        } catch {
            throw .stream(error)
        }
        let layout = CodeLayout(
            sizes: schema.codecs.map(\.cellCount), capacity: CodeSpool.blockRows)
        do {
            try reader.read(
                workers: options.workers, layout: layout, progress: options.progress
            ) { (worker, block) throws(StreamError) in
                try intake.add(block, worker: worker)
            }
        } catch {
            throw .table(error)
        }
        do {
            let spools = try intake.finish()
            return Curator(
                training: spools.training, holdout: spools.holdout, unitRows: unit.rows,
                workers: options.workers, sketch: spools.sketch, unitSizes: spools.unitSizes)
        } catch {
            throw .stream(error)
        }
    }

    init(
        training: CodeSpool, holdout: CodeSpool, unitRows: Int, workers: Int, sketch: [UnitHash],
        unitSizes: UnitSizes?
    ) {
        sizesOfUnits = unitSizes
        sizes = training.sizes
        self.sketch = sketch
        self.workers = workers
        records = .spooled(training: training, holdout: holdout)
        self.unitRows = unitRows
    }

    init(counted: CountedTables, unitRows: Int) {
        sizes = counted.sizes
        workers = 1
        sketch = []
        sizesOfUnits = nil
        records = .counted(counted)
        self.unitRows = unitRows
    }

    /// The exact histogram of a query; it stays in this room.
    func histogram(of query: RecordQuery, in part: Part) throws(CurationError) -> [Int64] {
        switch records {
        case .spooled(let training, let holdout):
            let spool = part == .training ? training : holdout
            do {
                return try spool.histogram(of: query, workers: workers)
            } catch {
                throw .stream(error)
            }
        case .counted(let tables):
            return try tables.histogram(of: query, in: part)
        }
    }

    /// The exact numbers of units with 1, 2, … records; they stay in this room.
    func unitSizes(in part: Part) -> [Int64]? {
        switch records {
        case .spooled: sizesOfUnits?[part]
        case .counted(let tables): tables.unitSizes(in: part)
        }
    }

    /// Exact tallies of a part; they stay in this room.
    func tallies(
        of cliques: [[Int]], in part: Part, recoding: Recoding?
    ) throws(CurationError) -> [[Int64]] {
        switch records {
        case .spooled(let training, let holdout):
            let spool = part == .training ? training : holdout
            do {
                return try spool.tallies(of: cliques, recoding: recoding, workers: workers)
            } catch {
                throw .stream(error)
            }
        case .counted(let tables):
            return try tables.tallies(of: cliques, in: part, recoding: recoding)
        }
    }

    /// Exact sparse tallies of a part; they stay in this room.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each clique; the product of their sizes is below 2⁶³.
    ///   - part: The records.
    ///   - body: Gets the index of a clique and its next entries, with ascending keys; cliques come one
    ///     after the other, and one without records not at all.
    func sparseTallies(
        of cliques: [[Int]], in part: Part,
        _ body: (Int, [CellCount]) throws(StreamError) -> Void
    ) throws(CurationError) {
        switch records {
        case .spooled(let training, let holdout):
            let spool = part == .training ? training : holdout
            do {
                try spool.sparseTallies(of: cliques, recoding: nil, workers: workers, body)
            } catch {
                throw .stream(error)
            }
        case .counted(let tables):
            for (index, clique) in cliques.enumerated() {
                let entries = try tables.entries(of: clique, in: part)
                do {
                    try body(index, entries)
                } catch {
                    throw .stream(error)
                }
            }
        }
    }

    /// How many shards were counted, as their files say and merging checked; nil where records were read.
    public var shards: Int? {
        guard case .counted(let tables) = records else { return nil }
        return tables.facts.shards
    }

    /// Refuses what counted shards cannot answer, before anything is charged; records answer all.
    ///
    /// Which marginals were counted is no secret: it follows from options and schema.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each marginal that will be asked.
    ///   - names: Names of the attributes, for the error.
    /// - Throws: `CurationError.shard` naming the first marginal that was not counted.
    public borrowing func require(
        _ cliques: [[Int]], names: [String]
    ) throws(CurationError) {
        guard case .counted(let tables) = records else { return }
        for clique in cliques where tables.source(of: clique, in: .training) == nil {
            throw .shard(
                "not counted: the marginal of \(clique.map { names[$0] }.joined(separator: ", ")): "
                    + "expected it in every tally, as this release asks for it; count the shards "
                    + "again with this release file, and without --ways 1")
        }
    }
}
