// SPDX-License-Identifier: Apache-2.0

extension SeededGenerator {
    /// Numbers uniform on [0, 1) with 24 bits.
    mutating func units(_ count: Int) -> [Float] {
        var units = [Float](repeating: 0, count: count)
        var index = 0
        while index + 1 < count {
            let word = next()
            units[index] = Float(word >> 40) * 0x1p-24
            units[index + 1] = Float(word & 0xFF_FFFF) * 0x1p-24
            index += 2
        }
        if index < count { units[index] = Float(next() >> 40) * 0x1p-24 }
        return units
    }
}
