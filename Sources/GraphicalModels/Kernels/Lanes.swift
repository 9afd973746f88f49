// SPDX-License-Identifier: Apache-2.0

/// Eight numbers that are worked on together.
typealias Lanes = SIMD8<Double>
/// The bits of eight numbers.
private typealias Words = SIMD8<UInt64>

extension SIMD where Scalar == Double {
    @inline(__always)
    func maximum(_ other: Self) -> Self { replacing(with: other, where: other .> self) }
}

extension SIMD8<Double> {
    /// The greatest lane.
    @inline(__always)
    var greatest: Double {
        let four = lowHalf.maximum(highHalf)
        let two = four.lowHalf.maximum(four.highHalf)
        return two.y > two.x ? two.y : two.x
    }

    /// The sum in an order that never changes.
    @inline(__always)
    var total: Double {
        let four = lowHalf + highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }

    /// Bits of the numbers, lane by lane.
    @inline(__always)
    private var bits: Words {
        // Both are eight words of eight bytes, and every pattern is a value of both.
        unsafe unsafeBitCast(self, to: Words.self)
    }

    @inline(__always)
    private init(bits: Words) {
        self = unsafe unsafeBitCast(bits, to: Self.self)
    }

    /// The exponential of each lane, within two units in the last place; below −708 it is 0.
    ///
    /// `exp x = 2^k exp r` with `|r| ≤ ln 2 / 2` and Taylor's polynomial of degree 13 for `exp r`. Additions
    /// and multiplications alone, each rounded by itself, so that all processors agree to the last bit;
    /// those of the system's library do not.
    @inline(__always)
    var exponential: Self {
        // Added to a small number, this leaves the number's integer part in the low bits.
        let shifter = Self(repeating: 0x1.8p52)
        let shifted = self * 0x1.71547652b82fep0 + shifter
        let power = shifted - shifter
        let r = (self - power * 0x1.62e42fee00000p-1) - power * 0x1.a39ef35793c76p-33
        var sum = r * (1 / 6_227_020_800) + Self(repeating: 1 / 479_001_600)
        sum = sum * r + Self(repeating: 1 / 39_916_800)
        sum = sum * r + Self(repeating: 1 / 3_628_800)
        sum = sum * r + Self(repeating: 1 / 362_880)
        sum = sum * r + Self(repeating: 1 / 40_320)
        sum = sum * r + Self(repeating: 1 / 5_040)
        sum = sum * r + Self(repeating: 1 / 720)
        sum = sum * r + Self(repeating: 1 / 120)
        sum = sum * r + Self(repeating: 1 / 24)
        sum = sum * r + Self(repeating: 1 / 6)
        sum = sum * r + Self(repeating: 0.5)
        sum = sum * (r * r) + r
        sum = sum + 1
        let exponent = (shifted.bits &+ Words(repeating: 1023)) &<< Words(repeating: 52)
        let result = sum * Self(bits: exponent)
        return result.replacing(with: 0, where: self .< -708)
            .replacing(with: Double.infinity, where: self .> 709)
    }

    /// The natural logarithm of each lane, within two units in the last place; −∞ at 0.
    ///
    /// `log x = k ln 2 + log(1 + f)` with `√½ ≤ 1 + f < √2`, and the series in `s = f / (2 + f)` of
    /// fdlibm's `e_log.c` (Ng 1993). Lanes below 0 mean nothing.
    @inline(__always)
    var logarithm: Self {
        let isSmall = self .< 0x1p-1022
        let scaled = self.replacing(with: self * 0x1p54, where: isSmall)
        // Moves √½ to the edge between two exponents.
        let offset: UInt64 = 0x3FF0_0000_0000_0000 - 0x3FE6_A09E_667F_3BCD
        let moved = scaled.bits &+ Words(repeating: offset)
        let fraction = moved & Words(repeating: 0x000F_FFFF_FFFF_FFFF)
        let f = Self(bits: fraction &+ Words(repeating: 0x3FE6_A09E_667F_3BCD)) - 1
        // An exponent below 2^52 beside 2^52's own bits is a number.
        let exponent = Self(
            bits: (moved &>> Words(repeating: 52)) | Words(repeating: 0x4330_0000_0000_0000))
        let bias = Self(repeating: 0x1p52 + 1023).replacing(with: 0x1p52 + 1077, where: isSmall)
        let k = exponent - bias
        let s = f / (f + 2)
        let z = s * s
        let w = z * z
        let even =
            w * (w * (w * 0x1.39a09d078c69fp-3 + 0x1.c71c51d8e78afp-3) + 0x1.999999997fa04p-2)
        let odd =
            z
            * (w * (w * (w * 0x1.2f112df3e5244p-3 + 0x1.7466496cb03dep-3) + 0x1.2492494229359p-2)
                + 0x1.5555555555593p-1)
        let half = f * f * 0.5
        let tail = s * (half + (even + odd)) + k * 0x1.a39ef35793c76p-33
        let result = k * 0x1.62e42fee00000p-1 - ((half - tail) - f)
        return result.replacing(with: -Double.infinity, where: self .== 0)
            .replacing(with: Double.infinity, where: self .== .infinity)
    }
}
