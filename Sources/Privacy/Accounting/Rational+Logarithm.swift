// SPDX-License-Identifier: Apache-2.0

import BigInt
import Glibc

extension Rational {
    /// −ln of a number between 0 and 1, rounded up by at most a few parts in 10¹⁵.
    ///
    /// It is finite for every such number, however far below the least binary fraction.
    var negatedLogarithm: Double {
        precondition(self > 0 && self < 1, "a logarithm of a number between zero and one")
        let (upper, lower) = (Self.logarithm(denominator), Self.logarithm(numerator))
        let value = upper - lower
        // Each logarithm is within 2e-16 of itself; near 1 that is all there is of the difference.
        return value + 2e-15 * (upper + lower + 1)
    }

    private static func logarithm(_ whole: BigInt) -> Double {
        let magnitude = whole.magnitude
        let shift = max(0, magnitude.bitWidth - 64)
        return log(Double(UInt64(magnitude >> shift))) + Double(shift) * 0.693147180559945309417
    }
}
