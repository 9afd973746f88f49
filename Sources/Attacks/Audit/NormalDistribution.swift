// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The standard normal distribution.
enum NormalDistribution {
    /// Φ(x).
    static func cumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

    /// Φ⁻¹(p), by bisection of Φ; infinite at 0 and 1.
    static func quantile(_ p: Double) -> Double {
        guard p > 0 else { return -.infinity }
        guard p < 1 else { return .infinity }
        // Small p only: Φ has no digits left near 1.
        guard p <= 0.5 else { return -quantile(1 - p) }
        var low = -38.5, high = 0.0
        while high - low > 1e-12 {
            let middle = low + (high - low) / 2
            if cumulative(middle) < p { low = middle } else { high = middle }
        }
        return low + (high - low) / 2
    }
}
