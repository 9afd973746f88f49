// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Counts the privacy budget of grants that died without being spent or burnt.
///
/// Such budget was charged and bought nothing: a fault of the program, not of privacy. The monitor only
/// counts; it never gives budget back, for the charge is already on disk.
public final class SpendMonitor: Sendable {
    private struct Loss {
        var rho = Rho.zero
        var grants = 0
    }

    private let loss = Mutex(Loss())

    /// Starts with nothing lost.
    public init() {}

    /// The sum of ρ over the grants that died unspent so far.
    public var unspent: Rho { loss.withLock { $0.rho } }

    /// The number of grants that died unspent so far.
    public var unspentGrants: Int { loss.withLock { $0.grants } }

    /// Records one lost grant.
    func record(unspent rho: Rho) {
        loss.withLock { loss in
            loss.rho += rho
            loss.grants += 1
        }
    }
}
