// SPDX-License-Identifier: Apache-2.0

import CKernels

/// A Markov random field with a term for each pair of cells of each two attributes.
///
/// Of all distributions that have given pairs it is the one of most entropy (Jaynes 1957), so it adds
/// nothing of its own to them, where a mixture of products adds the way its components happen to share
/// rows. No junction tree of it would fit in memory: rows are drawn by Gibbs steps (Geman and Geman 1984),
/// an attribute at a time given the others.
public struct PairwiseField: Sendable {
    /// The mixture whose pairs it has; rows begin as the mixture's.
    public let mixture: ProductMixture
    let places: PlaceLayout
    /// Terms by place and place, symmetric; 0 for two places of one attribute.
    let terms: FloatMatrix
    /// Logarithms of the one-way probabilities by place; −1000 where a place is no cell.
    let bias: [Float]
    /// The mixture's pairs, by place and place.
    let pairs: FloatMatrix

    /// Rows that a thread takes at a time.
    private static let part = 128

    /// Cells of each attribute.
    public var domain: Domain { mixture.domain }

    /// The most places that a field is made for: its tables take 4 bytes for each two.
    public static let mostPlaces = 6000

    /// Whether rows can be drawn: there are two attributes that vary, and not too many cells.
    var isUsable: Bool { Self.isUsable(places) }

    static func isUsable(_ places: PlaceLayout) -> Bool {
        places.attributes.count > 1 && places.width <= mostPlaces
    }

    /// Draws every attribute of every row anew given the others, one after the other.
    ///
    /// - Parameters:
    ///   - rows: The rows, which follow.
    ///   - seed: Public; what is drawn depends on it and the rows alone.
    ///   - crew: Threads, which share the rows.
    func sweep(_ rows: PlaceRows, seed: UInt64, crew: Crew) {
        let attributes = places.attributes.count
        crew.perform((rows.count + Self.part - 1) / Self.part) { index in
            let first = index * Self.part
            let count = min(Self.part, rows.count - first)
            var generator = SeededGenerator(seed: seed, stream: UInt64(index))
            let uniforms = generator.units(count * attributes)
            var scratch = [Float](repeating: 0, count: places.longest)
            // In bounds: `count` rows from the first on, a number for each of their attributes.
            unsafe withPairs { pairs in
                unsafe semblance_gibbs(pairs, rows.row(first), count, uniforms, &scratch)
            }
        }
    }

    /// The field as the kernels take it.
    func withPairs(_ body: (UnsafePointer<semblance_pairs>) -> Void) {
        unsafe bias.withUnsafeBufferPointer { bias in
            unsafe places.starts.withUnsafeBufferPointer { starts in
                var pairs = unsafe semblance_pairs(
                    terms: terms.base, bias: bias.baseAddress, width: terms.width,
                    starts: starts.baseAddress, attributes: places.attributes.count)
                unsafe body(&pairs)
            }
        }
    }
}
