// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams
public import Tables

/// How records are curated.
public struct CurationOptions: Sendable {
    /// A folder on a local disk for private, nameless temporary files.
    public let temporaryDirectory: String

    /// Creates options.
    ///
    /// - Parameter temporaryDirectory: A folder on a local disk for temporary files.
    public init(temporaryDirectory: String) {
        self.temporaryDirectory = temporaryDirectory
    }
}

/// The one door in the wall: owns the exact records and answers queries about them with noise only,
/// each against a grant.
///
/// No member returns an exact value, not even a number of records. Queries are values (cliques,
/// tables, thresholds), so no other room's code ever runs over a record. Not copyable, not encodable,
/// not printable.
public struct Curator: ~Copyable {
    let training: CodeSpool
    let holdout: CodeSpool
    /// Cells of each attribute.
    public let sizes: [Int]
    /// The cap of records per privacy unit: ℓ₁ and ℓ₂ sensitivity of every marginal.
    public let unitRows: Int

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
        var system = SystemRandomNumberGenerator()
        let key = (system.next() as UInt64, system.next() as UInt64)
        var intake: Intake
        do {
            intake = try Intake(
                sizes: schema.codecs.map(\.cellCount), unit: unit, holdout: holdout,
                hash: KeyedHash(key: key), in: options.temporaryDirectory)
        } catch {
            throw .stream(error)
        }
        var block = RecordBlock(capacity: CodeSpool.chunkRows, columnCount: schema.measured.count)
        while true {
            do {
                guard try reader.next(into: &block) else { break }
            } catch {
                throw .table(error)
            }
            do {
                try intake.add(block)
            } catch {
                throw .stream(error)
            }
        }
        do {
            return try intake.finish()
        } catch {
            throw .stream(error)
        }
    }

    init(training: consuming CodeSpool, holdout: consuming CodeSpool, unitRows: Int) {
        sizes = training.sizes
        self.training = training
        self.holdout = holdout
        self.unitRows = unitRows
    }

    /// Runs a body on the spool of a part.
    borrowing func withSpool<Result>(
        _ part: Part, _ body: (borrowing CodeSpool) throws(CurationError) -> Result
    ) throws(CurationError) -> Result {
        switch part {
        case .training: try body(training)
        case .holdout: try body(holdout)
        }
    }
}

/// Records on their way into the two spools.
struct Intake: ~Copyable {
    private var training: CodeSpool
    private var holdout: CodeSpool
    private var bounding: UnitBounding?
    private let units: KeyedHash
    private let parts: KeyedHash
    /// A unit whose part hash is below this is in the holdout; `⌊share · 2⁶⁴⌋`.
    private let threshold: UInt64
    private let cap: Int
    private var counter: UInt64 = 0

    init(
        sizes: [Int], unit: UnitRule, holdout share: Rational, hash: KeyedHash,
        in directory: String
    ) throws(StreamError) {
        // From 1 to 4: one key for each use.
        units = hash.derived(1)
        parts = hash.derived(2)
        cap = unit.rows
        threshold = Self.threshold(share)
        let first = try CodeSpool(sizes: sizes, in: directory)
        let second = try CodeSpool(sizes: sizes, in: directory)
        let bound =
            try unit.column == nil
            ? nil
            : UnitBounding(
                columns: sizes.count, cap: unit.rows, ranks: hash.derived(3), in: directory)
        training = first
        self.holdout = second
        bounding = bound
    }

    private static func threshold(_ share: Rational) -> UInt64 {
        precondition(share >= 0 && share < 1, "the holdout is a share below 1")
        // In two steps of 32 bits, as floors are machine integers.
        let scaled = share * Rational(1 << 32)
        let high = scaled.floor ?? 0
        let low = ((scaled - Rational(high)) * Rational(1 << 32)).floor ?? 0
        return UInt64(high) << 32 | UInt64(low)
    }

    /// Takes a block.
    mutating func add(_ block: RecordBlock) throws(StreamError) {
        guard bounding != nil else {
            var inside: [Int32] = [], outside: [Int32] = []
            for row in 0..<block.rowCount {
                // Without a unit column each record is a unit; its number is its name here, and the
                // key makes the split independent of it.
                counter += 1
                if parts(counter).high < threshold {
                    outside.append(Int32(row))
                } else {
                    inside.append(Int32(row))
                }
            }
            try training.append(codes: block.codes, stride: block.capacity, rows: inside)
            try holdout.append(codes: block.codes, stride: block.capacity, rows: outside)
            return
        }
        var start = 0
        for row in 0..<block.rowCount {
            let end = block.unitEnds[row]
            let unit = units(block.unitKeys[start..<end])
            start = end
            try bounding?.append(unit: unit, codes: block.codes, stride: block.capacity, row: row)
        }
    }

    /// Bounds what was spilled and hands the spools over.
    consuming func finish() throws(StreamError) -> Curator {
        var training = self.training
        var holdout = self.holdout
        var bounding = self.bounding
        let parts = self.parts
        let threshold = self.threshold
        try bounding?.finish { (unit, codes) throws(StreamError) in
            if parts(unit.high, unit.low).high < threshold {
                try holdout.append(record: codes)
            } else {
                try training.append(record: codes)
            }
        }
        try training.finish()
        try holdout.finish()
        return Curator(training: training, holdout: holdout, unitRows: cap)
    }
}
