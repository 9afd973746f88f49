// SPDX-License-Identifier: Apache-2.0

extension Int64 {
    /// The nearest whole number from 0 to 2^61, and 0 for what is none: estimates of extreme noise stay
    /// comparable, and no sum of two overflows.
    init(nearestWhole value: Double) {
        self = value > 0 ? Int64(Swift.min(value, 0x1p61).rounded()) : 0
    }
}
