// SPDX-License-Identifier: Apache-2.0

/// Where cells lie for the kernels that draw rows: each attribute of more than one cell begins at a
/// multiple of eight places, and the places behind its last cell stand for none.
struct PlaceLayout: Sendable {
    /// Attributes of more than one cell; the others are constant and need no place.
    let attributes: [Int]
    /// First place of each of them, and one behind the last.
    let starts: [UInt32]
    /// Places, rounded up for vectors.
    let width: Int
    /// Cells of each of them.
    let sizes: [Int]
    /// Cells of all attributes of the domain.
    let domain: Domain

    init(domain: Domain) {
        self.domain = domain
        attributes = domain.sizes.indices.filter { domain.sizes[$0] > 1 }
        sizes = attributes.map { domain.sizes[$0] }
        var starts: [UInt32] = [0]
        for size in sizes { starts.append(starts[starts.count - 1] + UInt32((size + 7) / 8 * 8)) }
        self.starts = starts
        width = (Int(starts[starts.count - 1]) + 15) / 16 * 16
    }

    /// The places of the cells of an attribute, counted among those that have places.
    func range(_ position: Int) -> Range<Int> {
        Int(starts[position])..<Int(starts[position]) + sizes[position]
    }

    /// The longest attribute's places.
    var longest: Int { sizes.reduce(8) { max($0, ($1 + 7) / 8 * 8) } }
}
