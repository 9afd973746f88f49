// SPDX-License-Identifier: Apache-2.0

import BigInt
import Synchronization

/// The tables of a run, one for each σ²: public numbers, so sharing them tells nothing.
final class GaussianTableCache: Sendable {
    static let shared = GaussianTableCache(byteLimit: 64 << 20)

    private struct Content {
        var tables: [Rational: GaussianTable] = [:]
        /// The draws asked for so far of noise without a table.
        var draws: [Rational: Int] = [:]
        var byteCount = 0
    }

    private let byteLimit: Int
    private let content = Mutex(Content())

    /// - Parameter byteLimit: Beyond it all tables are dropped before the next is kept.
    init(byteLimit: Int) { self.byteLimit = byteLimit }

    /// The table of `sigma2`, when there is one or when the draws asked for so far are worth building it.
    ///
    /// A table takes 14.1σ steps to build, each less than half the time of a draw without one: half as many
    /// draws pay for it. Building it only then costs at most twice the best that could be done.
    func table(for sigma2: Rational, draws: Int) -> GaussianTable? {
        guard sigma2 <= GaussianTable.largestSigma2 else { return nil }
        let steps = 14 * (Int(sigma2.bigCeiling.magnitude.squareRoot()) + 1)
        let (known, asked) = content.withLock { content in
            let table = content.tables[sigma2]
            if table != nil { return (table, 0) }
            let asked = content.draws[sigma2, default: 0].addingReportingOverflow(draws)
            content.draws[sigma2] = asked.overflow ? .max : asked.partialValue
            return (table, content.draws[sigma2] ?? 0)
        }
        if let known { return known }
        guard asked >= steps / 2 else { return nil }
        // Outside the lock: two threads may build the same table, which costs only time.
        let table = GaussianTable(GaussianMasses(sigma2: sigma2))
        content.withLock { content in
            if content.byteCount + table.byteCount > byteLimit { content = Content() }
            content.draws[sigma2] = nil
            guard content.tables.updateValue(table, forKey: sigma2) == nil else { return }
            content.byteCount += table.byteCount
        }
        return table
    }

    /// Drops all tables.
    func forget() { content.withLock { $0 = Content() } }
}
