// SPDX-License-Identifier: Apache-2.0

/// Searches of accounting.
///
/// They only choose where to look: what is promised comes from one last evaluation that is rounded to the
/// safe side.
enum Bisection {
    /// Halves the bracket until it is a few units in the last place wide.
    static func narrow(
        _ lower: inout Double, _ upper: inout Double, raisesLower: (Double) -> Bool
    ) {
        for _ in 0..<200 {
            let middle = lower + (upper - lower) / 2
            guard middle > lower, middle < upper else { return }
            if raisesLower(middle) { lower = middle } else { upper = middle }
        }
    }

    /// The least `Double` found in `lower...upper` that `isEnough`, for a test that stays true once it is.
    ///
    /// - Returns: A value that passed the test, or `upper` itself, which the caller knows to pass.
    static func least(
        from lower: Double, to upper: Double, _ isEnough: (Double) -> Bool
    ) -> Double {
        var (lower, upper) = (lower, upper)
        narrow(&lower, &upper) { !isEnough($0) }
        return upper
    }
}
