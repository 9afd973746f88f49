// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Bounds of the Rényi divergence at many orders: what composes where ρα is not all there is.
///
/// A mechanism is (α, D)-RDP when the Rényi divergence of order α between its outputs on neighbouring inputs
/// is at most D (Mironov 2017, Definition 4). Composition adds per order (Proposition 1), and for orders
/// fixed in advance sums may be capped as zCDP is (Feldman and Zrnic 2021, Theorem 4.3). Every bound is
/// rounded up.
public struct RenyiCurve: Sendable, Hashable {
    /// The orders α, each above 1.
    public let orders: [Double]
    /// D at each order.
    public let divergences: [Double]

    /// The orders used when none are given: tenths below 11, whole ones below 64, and some large ones.
    public static let commonOrders =
        (1..<100).map { 1 + Double($0) / 10 } + (11..<64).map(Double.init) + [128, 256, 512, 1024]

    /// Bounds at given orders.
    ///
    /// - Parameters:
    ///   - orders: Each above 1; at least one.
    ///   - divergence: D at an order, at least zero.
    public init(orders: [Double] = commonOrders, _ divergence: (Double) -> Double) {
        precondition(!orders.isEmpty && orders.allSatisfy { $0 > 1 }, "orders are above 1")
        self.orders = orders
        divergences = orders.map { max(0, divergence($0)) }
    }

    private init(orders: [Double], divergences: [Double]) {
        self.orders = orders
        self.divergences = divergences
    }

    /// ρ-zCDP is (α, ρα)-RDP at every α (Bun and Steinke 2016, Definition 1.1).
    ///
    /// - Parameters:
    ///   - rho: The zCDP parameter.
    ///   - orders: Each above 1.
    public init(_ rho: Rho, orders: [Double] = commonOrders) {
        let rho = Double(rho.value, rounding: .up)
        self.init(orders: orders) { $0 * rho * (1 + 4e-16) }
    }

    /// Sequential composition; both curves have the same orders.
    public static func + (left: RenyiCurve, right: RenyiCurve) -> RenyiCurve {
        precondition(left.orders == right.orders, "composed curves have the same orders")
        return RenyiCurve(
            orders: left.orders,
            divergences: zip(left.divergences, right.divergences).map { ($0 + $1).nextUp })
    }

    /// The same mechanism run several times.
    ///
    /// - Parameter count: How often, at least once.
    /// - Returns: The curve of all runs.
    public func repeated(_ count: Int) -> RenyiCurve {
        precondition(count >= 1, "a mechanism runs at least once")
        return RenyiCurve(
            orders: orders, divergences: divergences.map { ($0 * Double(count)).nextUp })
    }

    /// The least ε of any order, rounded up: D + ln(1 − 1/α) − ln(αδ)/(α − 1) (Canonne, Kamath and Steinke
    /// 2020, Proposition 12).
    ///
    /// - Parameter delta: Above zero and below one.
    /// - Returns: At least zero.
    public func epsilon(delta: Double) -> Double {
        precondition(delta > 0 && delta < 1, "delta lies between zero and one")
        let logarithm = -log(delta) * (1 + 1e-15)
        let found = zip(orders, divergences).map { order, divergence in
            let saved = -log1p(-1 / order) + log(order) / (order - 1)
            let tail = logarithm / (order - 1)
            return divergence + tail - saved + 4e-15 * (divergence + tail + saved)
        }
        return max(0, found.min() ?? .infinity)
    }

    /// The least δ of any order, rounded up.
    ///
    /// - Parameter epsilon: At least zero.
    /// - Returns: At most 1.
    public func delta(epsilon: Double) -> Double {
        precondition(epsilon >= 0, "epsilon is at least zero")
        let found = zip(orders, divergences).map { order, divergence in
            let gain = (order - 1) * divergence
            let loss = (order - 1) * epsilon
            let rest = log(order - 1) - order * log1p(-1 / order)
            return exp(gain - loss - rest + 4e-15 * (gain + loss + abs(rest) + 1))
        }
        return min(1, found.min() ?? 1)
    }
}
