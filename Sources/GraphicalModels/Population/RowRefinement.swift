// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Moves rows until their pairs are the wanted ones nearly to the row: what is left of the noise of drawing
/// them.
///
/// A row changes only to what a model might have drawn in its place, and only where the sum of absolute
/// errors of all counts of pairs falls, so that what the model says beyond pairs stays.
struct RowRefinement {
    private let field: PairwiseField
    private let rows: PlaceRows
    /// Counts of pairs of places less those wanted, symmetric.
    private let errors: FloatMatrix
    private var generator: SeededGenerator

    /// - Parameters:
    ///   - rows: The rows, which follow.
    ///   - field: The model, and by its pairs what is wanted.
    ///   - generator: Public random numbers.
    ///   - crew: Threads, for counting alone.
    init(_ rows: PlaceRows, field: PairwiseField, generator: SeededGenerator, crew: Crew) {
        self.field = field
        self.rows = rows
        self.generator = generator
        let places = field.places
        let width = places.width
        let counts = PlaceCounts(rows, crew: crew)
        let errors = FloatMatrix(rows: width, width: width)
        crew.perform(places.attributes.count) { first in
            for x in places.range(first) {
                for second in places.attributes.indices.dropFirst(first + 1) {
                    for y in places.range(second) {
                        // In bounds: x and y are places; each attribute's cells are its own.
                        let wanted = Double(unsafe field.pairs.row(x)[y]) * Double(rows.count)
                        let error = Float(Double(unsafe counts.base[x * width + y]) - wanted)
                        unsafe errors.row(x)[y] = error
                        unsafe errors.row(y)[x] = error
                    }
                }
            }
        }
        self.errors = errors
    }

    /// Offers each row another value of an attribute, drawn given its others.
    mutating func offerCells() {
        field.drawCells(of: rows, errors: errors, &generator)
    }

    /// Offers each row another one of the mixture's: what no change of one value after the other would reach.
    mutating func offerRows(from sampler: MixtureSampler, block: Int) {
        let candidates = PlaceRows(
            codes: sampler.reseeded(generator.next()).block(block, rowCount: rows.count),
            count: rows.count, layout: rows.layout)
        // In bounds: as many candidates as rows, of the same layout.
        unsafe semblance_exchange(
            errors.width, rows.layout.attributes.count, rows.base, candidates.base, rows.count,
            errors.base)
    }
}

extension PairwiseField {
    /// Draws one attribute of each row anew given the others, whichever public random numbers choose.
    ///
    /// - Parameters:
    ///   - rows: The rows, which follow.
    ///   - errors: Where given, only draws that lower the sum of its absolute values are kept; it follows.
    ///   - generator: Public random numbers.
    func drawCells(
        of rows: PlaceRows, errors: FloatMatrix? = nil, _ generator: inout SeededGenerator
    ) {
        let part = 1024
        let attributes = UInt64(places.attributes.count)
        var scratch = [Float](repeating: 0, count: places.longest)
        var chosen = [UInt16](repeating: 0, count: part)
        for first in stride(from: 0, to: rows.count, by: part) {
            let count = min(part, rows.count - first)
            for row in 0..<count {
                chosen[row] = UInt16(((generator.next() >> 32) * attributes) >> 32)
            }
            let uniforms = generator.units(count)
            // In bounds: `count` rows from the first on, an attribute and a number for each.
            unsafe withPairs { pairs in
                unsafe semblance_gibbs_chosen(
                    pairs, rows.row(first), count, chosen, uniforms, errors?.base, &scratch)
            }
        }
    }
}
