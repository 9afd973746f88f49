// SPDX-License-Identifier: Apache-2.0

/// Sorting of cell keys, least significant digit first (Knuth, The Art of Computer Programming, volume 3,
/// section 5.2.5, Algorithm R): no comparison, so no branch that real records could make miss.
enum RadixSort {
    private static let digitBits = 8
    private static let digits = 1 << digitBits

    /// Sorts keys in ascending order.
    ///
    /// - Parameters:
    ///   - keys: The keys; afterwards of no meaning where the result is `scratch`.
    ///   - scratch: Room for as many.
    ///   - count: How many there are.
    ///   - bits: Bits of the largest key.
    /// - Returns: Whichever of the two now holds the sorted keys.
    /// - Complexity: O(count · bits / 8).
    @unsafe
    static func sort<Key: CellKey>(
        _ keys: UnsafeMutablePointer<Key>, scratch: UnsafeMutablePointer<Key>, count: Int, bits: Int
    ) -> UnsafeMutablePointer<Key> {
        guard count > 1 else { return unsafe keys }
        let passes = (bits + digitBits - 1) / digitBits
        // In bounds below: a digit is less than `digits`, and places count up to `count`.
        return unsafe withUnsafeTemporaryAllocation(
            of: Int.self, capacity: Swift.max(1, passes) * digits
        ) { places in
            unsafe places.initialize(repeating: 0)
            for index in 0..<count {
                var rest = unsafe keys[index]
                var row = 0
                for _ in 0..<passes {
                    unsafe places[row + Int(truncatingIfNeeded: rest & 0xFF)] += 1
                    rest &>>= Key(digitBits)
                    row += digits
                }
            }
            var source = unsafe keys
            var target = unsafe scratch
            for pass in 0..<passes {
                let row = pass * digits
                let shift = Key(pass * digitBits)
                var end = 0
                var isOneDigit = false
                for digit in row..<row + digits {
                    let number = unsafe places[digit]
                    isOneDigit = isOneDigit || number == count
                    unsafe places[digit] = end
                    end += number
                }
                // All keys agree in this digit: they lie in order already.
                if isOneDigit { continue }
                for index in 0..<count {
                    let key = unsafe source[index]
                    let digit = row + Int(truncatingIfNeeded: (key &>> shift) & 0xFF)
                    let place = unsafe places[digit]
                    unsafe target[place] = key
                    unsafe places[digit] = place + 1
                }
                unsafe swap(&source, &target)
            }
            return unsafe source
        }
    }
}
