// SPDX-License-Identifier: Apache-2.0

import BigInt

extension Fixed192 {
    /// The binary places.
    static let places = 192

    /// The lowest 192 bits of a number that has no more.
    init(units: BigUInt) {
        precondition(units.bitWidth <= Fixed192.places, "a fraction of 192 places is below one")
        let mask = BigUInt(UInt64.max)
        low = UInt64(units & mask)
        middle = UInt64(units >> 64 & mask)
        high = UInt64(units >> 128)
    }

    /// The fraction in units of 2^−192.
    var units: BigUInt { BigUInt(high) << 128 + BigUInt(middle) << 64 + BigUInt(low) }
}

extension FixedSum {
    /// The sum in units of 2^−192.
    var units: BigUInt { BigUInt(whole) << Fixed192.places + fraction.units }
}

extension Bracket {
    /// The ends of a number below 1 as fractions of 192 places, rounded outwards.
    var fixed: (lower: Fixed192, upper: Fixed192) {
        let shift = places - Fixed192.places
        guard shift > 0 else {
            return (Fixed192(units: lower << -shift), Fixed192(units: upper << -shift))
        }
        var ceiling = upper >> shift
        if ceiling << shift != upper { ceiling += 1 }
        return (Fixed192(units: lower >> shift), Fixed192(units: ceiling))
    }
}
