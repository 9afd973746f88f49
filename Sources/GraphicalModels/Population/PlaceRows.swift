// SPDX-License-Identifier: Apache-2.0

/// Rows that hold a place for each attribute of a layout, row-major, which threads share part by part.
@safe
final class PlaceRows: @unchecked Sendable {
    let layout: PlaceLayout
    let count: Int
    let base: UnsafeMutablePointer<UInt16>

    /// Rows that hold nothing yet.
    private init(count: Int, layout: PlaceLayout) {
        precondition(layout.width <= 1 << 16, "a place has sixteen bits")
        self.layout = layout
        self.count = count
        unsafe base = .allocate(capacity: max(1, count * layout.attributes.count))
    }

    /// Rows of codes.
    ///
    /// - Parameters:
    ///   - codes: Of all attributes of the domain, column-major.
    ///   - count: Rows.
    ///   - layout: At most 65,536 places.
    convenience init(codes: [UInt16], count: Int, layout: PlaceLayout) {
        precondition(codes.count == count * layout.domain.sizes.count)
        self.init(count: count, layout: layout)
        let width = layout.attributes.count
        // In bounds: `width` places for each row.
        for (position, attribute) in layout.attributes.enumerated() {
            let start = UInt16(layout.starts[position])
            let column = codes[attribute * count..<(attribute + 1) * count]
            var place = position
            for code in column {
                unsafe base[place] = start + code
                place += width
            }
        }
    }

    /// Copies of some rows.
    ///
    /// - Parameters:
    ///   - rows: Where they are taken from.
    ///   - order: Their numbers.
    convenience init(of rows: PlaceRows, in order: [Int32]) {
        self.init(count: order.count, layout: rows.layout)
        let width = layout.attributes.count
        for (row, number) in order.enumerated() {
            // In bounds: `row` asks, and there are as many rows as numbers.
            unsafe (base + row * width).update(from: rows.row(Int(number)), count: width)
        }
    }

    deinit { unsafe base.deallocate() }

    /// Codes of all attributes of the domain, column-major.
    var codes: [UInt16] {
        var codes = [UInt16](repeating: 0, count: count * layout.domain.sizes.count)
        let width = layout.attributes.count
        for (position, attribute) in layout.attributes.enumerated() {
            let start = UInt16(layout.starts[position])
            for row in 0..<count {
                codes[attribute * count + row] = unsafe base[row * width + position] - start
            }
        }
        return codes
    }

    /// The first place of a row.
    @unsafe
    func row(_ index: Int) -> UnsafeMutablePointer<UInt16> {
        precondition(index >= 0 && index < count)
        return unsafe base + index * layout.attributes.count
    }
}
