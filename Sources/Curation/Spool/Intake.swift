// SPDX-License-Identifier: Apache-2.0

import Privacy
import Streams
import Synchronization
import Tables

/// Records on their way into the two spools, from several threads.
final class Intake: Sendable {
    private let training: CodeSpool
    private let holdout: CodeSpool
    private let bounding: UnitBounding?
    private let units: KeyedHash
    private let parts: KeyedHash
    private let sketches: KeyedHash
    /// A unit whose part hash is below this is in the holdout; `⌊share · 2⁶⁴⌋`.
    private let threshold: UInt64
    private let lanes: [Lane]
    #if MUTANTS
        /// Asked here, as threads of the pool do not know the fault of a test.
        private let overlaps = Mutation.active == .overlappingParts
    #endif

    /// What one thread needs; only that thread touches it.
    private final class Lane: @unchecked Sendable {
        var training: SpoolWriter
        var holdout: SpoolWriter
        var spiller: UnitSpiller?
        var inside: [Int32] = []
        var outside: [Int32] = []
        var sketch = UnitSketch()
        /// The unit of the last bounded record: those of one unit come one after the other.
        var last: UnitHash?
        /// Units by their records, and how many of the last one's there were so far, in which part.
        var unitSizes: UnitSizes?
        var records = 0
        var part = Part.training

        init(training: CodeSpool, holdout: CodeSpool, bounding: UnitBounding?) {
            self.training = SpoolWriter(training)
            self.holdout = SpoolWriter(holdout)
            spiller = bounding.map { UnitSpiller($0) }
        }

        /// Counts the last unit, which has no further records.
        func closeUnit() {
            if records > 0 { unitSizes?.add(records: records, in: part) }
            records = 0
        }
    }

    /// Prepares spools.
    ///
    /// - Parameters:
    ///   - sizes: Cells of each attribute.
    ///   - unit: The privacy unit and its cap.
    ///   - share: The expected share of units in the holdout.
    ///   - hash: A keyed hash of this run's own.
    ///   - options: Where temporary files go, whether they are encrypted, and how many threads there are.
    init(
        sizes: [Int], unit: UnitRule, holdout share: Rational, hash: KeyedHash,
        options: CurationOptions
    ) throws(StreamError) {
        // From 1 to 4, 5 for the texts of open columns, and 9 for the key's digest: one key for each use.
        units = hash.derived(1)
        parts = hash.derived(2)
        sketches = hash.derived(4)
        threshold = Self.threshold(share)
        let directory = options.temporaryDirectory
        training = try CodeSpool(sizes: sizes, in: directory, encrypted: options.encryptSpool)
        holdout = try CodeSpool(sizes: sizes, in: directory, encrypted: options.encryptSpool)
        bounding =
            try unit.column == nil
            ? nil
            : UnitBounding(
                columns: sizes.count, cap: unit.rows, ranks: hash.derived(3), in: directory,
                encrypted: options.encryptSpool)
        let (first, second, third) = (training, holdout, bounding)
        lanes = (0..<options.workers).map { _ in
            let lane = Lane(training: first, holdout: second, bounding: third)
            if Curator.countsUnits(unit) { lane.unitSizes = UnitSizes(cap: unit.rows) }
            return lane
        }
    }

    private static func threshold(_ share: Rational) -> UInt64 {
        precondition(share >= 0 && share < 1, "the holdout is a share below 1")
        // In two steps of 32 bits, as floors are machine integers.
        let scaled = share * Rational(1 << 32)
        let high = scaled.floor ?? 0
        let low = ((scaled - Rational(high)) * Rational(1 << 32)).floor ?? 0
        return UInt64(high) << 32 | UInt64(low)
    }

    /// Takes a block of one thread.
    func add(_ block: borrowing CodeBlock, worker: Int) throws(StreamError) {
        let lane = lanes[worker]
        guard bounding == nil else {
            var start = 0
            for row in 0..<block.rowCount {
                let end = block.unitEnds[row]
                let unit = units(block.unitKeys[start..<end])
                start = end
                try lane.spiller?.append(unit: unit, block, row: row)
            }
            return
        }
        guard threshold > 0 else {
            try training.append(block)
            return
        }
        lane.inside.removeAll(keepingCapacity: true)
        lane.outside.removeAll(keepingCapacity: true)
        for row in 0..<block.rowCount {
            // Without a unit column each record is a unit; its number is its name here, and the
            // key makes the split independent of it.
            if parts(block.firstNumber + UInt64(row)).high < threshold {
                lane.outside.append(Int32(row))
            } else {
                lane.inside.append(Int32(row))
            }
        }
        try lane.training.append(block, rows: lane.inside)
        try lane.holdout.append(block, rows: lane.outside)
    }

    /// What all records came to.
    struct Spools {
        let training: CodeSpool, holdout: CodeSpool
        /// Hashes of units by which two shards with a unit in common can be told.
        let sketch: [UnitHash]
        /// Units by how many records they have; nil where they are not counted.
        let unitSizes: UnitSizes?
    }

    /// Bounds what was spilled and hands the spools over.
    func finish() throws(StreamError) -> Spools {
        if let bounding {
            for lane in lanes { try lane.spiller?.finish() }
            try bounding.finish(workers: lanes.count) {
                (worker, unit, codes) throws(StreamError) in
                let lane = self.lanes[worker]
                if lane.last != unit {
                    lane.closeUnit()
                    lane.last = unit
                    lane.sketch.add(self.sketches(unit.high, unit.low))
                    let isHeld = self.parts(unit.high, unit.low).high < self.threshold
                    lane.part = isHeld ? .holdout : .training
                }
                lane.records += 1
                if lane.part == .holdout {
                    try lane.holdout.append(record: codes)
                    #if MUTANTS
                        if self.overlaps {
                            try lane.training.append(record: codes)
                        }
                    #endif
                } else {
                    try lane.training.append(record: codes)
                }
            }
        }
        var sketch = UnitSketch()
        var unitSizes: UnitSizes?
        for lane in lanes {
            sketch.merge(lane.sketch)
            lane.closeUnit()
            if let own = lane.unitSizes {
                if unitSizes == nil { unitSizes = own } else { unitSizes?.merge(own) }
            }
            try lane.training.flush()
            try lane.holdout.flush()
        }
        return Spools(
            training: training, holdout: holdout, sketch: sketch.hashes, unitSizes: unitSizes)
    }
}
