// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A privacy loss distribution on whole multiples of one step, made so that it dominates the true one.
///
/// A loss between two multiples is split over both so that its mass under either neighbour is kept: the
/// true pair is then a post-processing of the split one (connecting the dots, Doroshenko, Ghazi, Kamath,
/// Kumar and Manurangsi 2022, Theorem 4.6), and what dominates each mechanism dominates their
/// composition, with adaptive queries and fixed parameters (Zhu, Dong and Wang 2022, Theorem 10). Rounding
/// errors are covered by more mass, by mass moved to the higher neighbour, or by mass at infinity.
struct LossGrid {
    /// The distance of neighbouring losses.
    let step: Double
    /// What is added to every loss.
    private(set) var offset: Double
    /// The loss of the first mass is `offset + first·step`.
    private(set) var first: Int
    /// Masses of consecutive losses, upwards.
    private(set) var masses: [Double]
    /// Mass at infinity.
    private(set) var infinite: Double
    /// By how much masses may be below those that dominate.
    private(set) var relativeError: Double

    /// Masses that lie on the grid already.
    init(
        step: Double, offset: Double = 0, first: Int, masses: [Double], infinite: Double,
        relativeError: Double
    ) {
        self.step = step
        self.offset = offset
        self.first = first
        self.masses = masses
        self.infinite = infinite
        self.relativeError = relativeError
    }

    /// Single losses, each split over its neighbours on the grid.
    ///
    /// - Parameters:
    ///   - atoms: Loss and mass.
    ///   - magnitude: The size of terms that losses were computed from.
    init(
        step: Double, offset: Double = 0, atoms: [(loss: Double, mass: Double)],
        magnitude: Double, infinite: Double = 0, relativeError: Double
    ) {
        let lowest = atoms.reduce(0) { min($0, $1.loss) }
        let highest = atoms.reduce(0) { max($0, $1.loss) }
        let first = Int((lowest / step).rounded(.down)) - 1
        var masses = [Double](
            repeating: 0, count: Int((highest / step).rounded(.up)) + 2 - first)
        // The distance to the grid point below is off by the rounding of losses of that size.
        let fuzz = 4e-16 * (magnitude + abs(lowest) + highest) + 1e-16 * step
        for (loss, mass) in atoms {
            let below = (loss / step).rounded(.down)
            let gap = loss - below * step
            let upper = min(1, max(0, expm1(-gap - fuzz) / expm1(-step)))
            masses[Int(below) - first + 1] += mass * upper
            masses[Int(below) - first] += mass * (1 - upper)
        }
        self.init(
            step: step, offset: offset, first: first, masses: masses, infinite: infinite,
            relativeError: relativeError + 1e-15 + 1.2e-16 * Double(atoms.count / masses.count + 8))
    }

    /// Composition.
    static func + (left: LossGrid, right: LossGrid) -> LossGrid {
        precondition(left.step == right.step, "composed losses lie on one grid")
        return LossGrid(
            step: left.step, offset: left.offset + right.offset,
            first: left.first + right.first,
            masses: Convolution.of(left.masses, right.masses),
            infinite: left.infinite + right.infinite + 1e-300,
            relativeError: left.relativeError + right.relativeError
                + Convolution.relativeError(left.masses.count, right.masses.count))
    }

    /// Without up to `budget` of mass at either end: the highest losses count as infinite, the lowest are
    /// raised to the lowest that is kept.
    func trimmed(_ budget: Double) -> LossGrid {
        var (start, end) = (0, masses.count)
        var (low, high) = (0.0, 0.0)
        while end > 1, high + masses[end - 1] <= budget {
            end -= 1
            high += masses[end]
        }
        while start < end - 1, low + masses[start] <= budget {
            low += masses[start]
            start += 1
        }
        var kept = Array(masses[start..<end])
        kept[0] += low * 1.000001
        return LossGrid(
            step: step, offset: offset, first: first + start, masses: kept,
            infinite: infinite + high * 1.000001, relativeError: relativeError)
    }

    /// Composition of `count` of these, trimmed on the way so that less than `tail` is lost in all.
    func composed(_ count: Int, tail: Double) -> LossGrid {
        // A doubling doubles what was trimmed before it, so early trims have the smaller share.
        var share = tail / Double(count) / 4
        return Convolution.power(trimmed(share), count) { left, right in
            share = min(tail / 64, share * 1.5)
            return (left + right).trimmed(share)
        }
    }

    /// For questions about ε and δ.
    var lattice: LossLattice {
        let highest = offset + Double(first + masses.count - 1) * step
        let positive = max(1, min(masses.count, Int(max(0, highest / step).rounded(.up)) + 1))
        return LossLattice(
            highest: highest, step: step, masses: masses.suffix(positive).reversed(),
            infinite: infinite, relativeError: relativeError,
            magnitude: abs(offset) + step * Double(max(abs(first), abs(first + masses.count))))
    }
}
