// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Exact sampler of the discrete Gaussian, P[x] ∝ exp(−x²/(2σ²)) on the whole numbers (Canonne, Kamath and
/// Steinke 2020, Algorithm 3), for σ² = a/c and proposals of scale t = ⌊σ⌋ + 1.
///
/// A proposal y is kept with probability exp(−γ), γ = (|y|tc − a)²/(2act²). `Number` holds γ's numerator for
/// |y| ≤ 64t and twice its denominator; the plan picks the type from public parameters. Proposals beyond
/// 64t, which come up with probability e⁻⁶⁴, are judged in numbers of any size. Nothing is left out of the
/// distribution. Arithmetic traps on overflow, never wraps.
struct DiscreteGaussianSampler<Number: UnsignedInteger & Sendable>: Sendable {
    private let shape: GaussianShape
    private let proposal: DiscreteLaplaceSampler
    private let limit: UInt64
    private let step: Number
    private let centre: Number
    private let denominator: Number

    init(_ shape: GaussianShape) {
        self.shape = shape
        proposal = DiscreteLaplaceSampler(scale: shape.scale, divisor: 1)
        limit = 64 * shape.scale
        step = Number(shape.step)
        centre = Number(shape.centre)
        denominator = Number(shape.denominator)
    }

    /// One draw.
    @inline(__always)
    func draw<Source: BitSource & ~Copyable>(from source: inout Source) -> Int64 {
        while true {
            let (magnitude, isNegative) = proposal.draw(from: &source)
            let isKept: Bool
            if magnitude <= limit {
                let place = Number(magnitude) * step
                let gap = place > centre ? place - centre : centre - place
                isKept = source.bernoulliExp(gap * gap, over: denominator)
            } else {
                isKept = shape.keepsFar(magnitude, &source)
            }
            if isKept { return isNegative ? -Int64(magnitude) : Int64(magnitude) }
        }
    }
}

/// The public whole numbers that a discrete Gaussian sampler works with.
struct GaussianShape: Sendable, Hashable {
    /// How wide the arithmetic must be.
    enum Width: Sendable, Hashable {
        case word, doubleWord, unbounded
    }

    /// t = ⌊σ⌋ + 1.
    let scale: UInt64
    /// tc.
    let step: BigUInt
    /// a.
    let centre: BigUInt
    /// 2act².
    let denominator: BigUInt
    /// The narrowest arithmetic in which nothing overflows.
    let width: Width

    /// Whether a proposal beyond 64t is kept.
    @inline(never)
    func keepsFar<Source: BitSource & ~Copyable>(
        _ magnitude: UInt64, _ source: inout Source
    ) -> Bool {
        // Beyond 64t ≥ 64σ the proposal is farther out than the centre a/(tc) ≤ σ.
        let gap = BigUInt(magnitude) * step - centre
        return source.bernoulliExp(gap * gap, over: denominator)
    }

    /// - Parameter sigma2: Above zero.
    /// - Returns: `nil` when draws could pass 2^60, where adding them to counts would no longer be safe.
    init?(sigma2: Rational) {
        let numerator = sigma2.numerator.magnitude
        let divisor = sigma2.denominator.magnitude
        let root = (numerator / divisor).squareRoot() + 1
        guard root.bitWidth <= 54, let scale = UInt64(exactly: root) else { return nil }
        self.scale = scale
        step = root * divisor
        centre = numerator
        denominator = 2 * numerator * divisor * root * root
        let farthest = max(64 * root * step, numerator)
        // Coins double the remainder, so the denominator leaves one bit free.
        let bits = max((farthest * farthest).bitWidth, denominator.bitWidth + 1)
        width = bits <= 64 ? .word : bits <= 128 ? .doubleWord : .unbounded
    }
}
