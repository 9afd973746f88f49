// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Exact sampler of the discrete Gaussian by inversion, for one σ².
///
/// The absolute value of a draw is the least x with U < B(x), B(x) = P[|X| ≤ x], for a uniform real U whose
/// bits are drawn as they are needed. A 64-bit word gives the sign and 63 bits of U: v ≤ 2^63·U < v + 1. The
/// table holds t(x) ≤ 2^63·B(x) < t(x) + 3/2, from proven ends of B. So v < t(x) says U < B(x), and
/// v ≥ t(x) + 2 says U ≥ B(x). A word that says neither of some x, or lies beyond the table, goes on to
/// `GaussianRefinement` with the bits it has; that happens once in 2^50 draws, and a table of 10^4 cells.
/// The distribution is P[x] ∝ exp(−x²/(2σ²)) exactly, with no rounding to account for.
struct GaussianTable: Sendable {
    /// The largest σ² of a table, of some nine megabytes.
    static let largestSigma2 = Rational(1 << 30)

    let sigma2: Rational
    /// A sentinel below every word, then t(0), t(1), … and a sentinel above every word.
    private let thresholds: [UInt64]
    /// For each value of the leading bits of v the least x that such a v can lead to.
    private let guide: [UInt32]
    /// How far v is shifted to leave its leading bits.
    private let shift: UInt64

    init(_ masses: GaussianMasses) {
        sigma2 = masses.sigma2
        let cells = masses.thresholds
        // v = 2^63 + (anything below 2^63) for the first sentinel: never near it.
        thresholds = [1 << 63] + cells + [.max]
        // Four entries to a cell of the bulk, so that one comparison mostly settles it.
        let bulk = masses.sigma2.bigCeiling.magnitude.squareRoot() * 8
        let bits = max(6, min(20, bulk.bitWidth))
        shift = UInt64(63 - bits)
        var guide = [UInt32](repeating: 0, count: 1 << bits)
        var cell = 0
        for entry in guide.indices {
            let least = UInt64(entry) << shift
            while cell < cells.count && least >= cells[cell] { cell += 1 }
            guide[entry] = UInt32(cell)
        }
        self.guide = guide
    }

    /// The number of bytes held.
    var byteCount: Int { thresholds.count * 8 + guide.count * 4 }

    /// One draw.
    @inline(__always)
    func draw<Source: BitSource & ~Copyable>(from source: inout Source) -> Int64 {
        let word = source.word()
        let magnitude = certainMagnitude(of: word >> 1)
        guard magnitude >= 0 else {
            var refinement = GaussianRefinement(sigma2: sigma2, bits: 63, of: BigUInt(word >> 1))
            let exact = refinement.finish(from: &source)
            return word & 1 == 0 ? exact : -exact
        }
        // Without a branch: the sign is a fair coin, which no processor predicts.
        let sign = Int64(bitPattern: word & 1)
        return (magnitude ^ -sign) + sign
    }

    /// The absolute value that 63 bits lead to; −1 when more are needed.
    @inline(__always)
    func certainMagnitude(of v: UInt64) -> Int64 {
        var cell = Int(guide[Int(v >> shift)])
        if v >= thresholds[cell + 1] {
            cell += 1
            if v >= thresholds[cell + 1] { cell = search(v, from: cell + 1) }
        }
        // v is at least t(cell − 1), or less than any sentinel allows: near it nothing is certain.
        guard v &- thresholds[cell] > 1, cell + 2 < thresholds.count else { return -1 }
        return Int64(cell)
    }

    /// The least cell from `first` on whose threshold is above v.
    @inline(never)
    private func search(_ v: UInt64, from first: Int) -> Int {
        var (low, high) = (first, thresholds.count - 2)
        while low < high {
            let middle = low + (high - low) / 2
            if v < thresholds[middle + 1] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
