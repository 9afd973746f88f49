// SPDX-License-Identifier: Apache-2.0

extension LedgerState.Reservation {
    /// What can be told of the process that made a charge, from this machine.
    public enum Life: Sendable, Hashable {
        /// It is running.
        case running
        /// It was of this machine since its last start, and is no more.
        case gone
        /// It is of another machine, or of one before its last start: nobody here can tell.
        case unknown
    }

    /// Whether the process that made the charge is running.
    public var life: Life {
        switch holder?.life(nonce: nonce) ?? .unknown {
        case .running: .running
        case .gone: .gone
        case .unknown: .unknown
        }
    }
}
