// SPDX-License-Identifier: Apache-2.0

/// Where samplers take their fair, independent bits from.
///
/// The seam lets tests enumerate every bit string; the public interface has `NoiseSource` alone.
protocol BitSource: ~Copyable {
    /// The next fair bit.
    mutating func bit() -> Bool
    /// The next `count` fair bits as a number below 2^count.
    ///
    /// - Parameter count: From 0 to 64.
    mutating func bits(_ count: Int) -> UInt64
    /// The next 64 fair bits; a source may give fresh ones and keep older ones for later.
    mutating func word() -> UInt64
}
