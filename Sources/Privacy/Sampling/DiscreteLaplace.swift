// SPDX-License-Identifier: Apache-2.0

/// Exact sampler of the discrete Laplace distribution, P[x] ∝ exp(−|x|·divisor/scale) on the whole numbers
/// (Canonne, Kamath and Steinke 2020, Algorithm 2).
struct DiscreteLaplaceSampler: Sendable, Hashable {
    /// The numerator t of the scale t/s.
    let scale: UInt64
    /// The denominator s of the scale t/s.
    let divisor: UInt64
    private let width: Int

    /// - Parameters:
    ///   - scale: At least 1.
    ///   - divisor: At least 1.
    init(scale: UInt64, divisor: UInt64) {
        precondition(scale >= 1 && divisor >= 1, "a Laplace scale is above zero")
        self.scale = scale
        self.divisor = divisor
        width = UInt64.bitWidth - (scale - 1).leadingZeroBitCount
    }

    /// The absolute value and the sign of one draw.
    @inline(__always)
    func draw<Source: BitSource & ~Copyable>(
        from source: inout Source
    ) -> (magnitude: UInt64, isNegative: Bool) {
        while true {
            let remainder = source.uniform(below: scale, width: width)
            guard source.bernoulliExpUnit(remainder, over: scale) else { continue }
            var quotient: UInt64 = 0
            while source.bernoulliExpOne() { quotient += 1 }
            let magnitude = (remainder + scale * quotient) / divisor
            let isNegative = source.bit()
            // Zero has one sign only, or it would come up twice as often.
            if isNegative && magnitude == 0 { continue }
            return (magnitude, isNegative)
        }
    }

    /// Adds an independent draw to every count; a sum beyond 64 bits stops the program.
    func addDraws<Source: BitSource & ~Copyable>(
        to counts: inout MutableSpan<Int64>, from source: inout Source
    ) {
        for index in counts.indices {
            let (magnitude, isNegative) = draw(from: &source)
            counts[index] += isNegative ? -Int64(magnitude) : Int64(magnitude)
        }
    }
}
