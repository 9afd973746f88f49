// SPDX-License-Identifier: Apache-2.0

public import Tables

/// What a long command reports to the person who waits for it, and how that person stops it.
///
/// Everything here is for the owner's terminal and log: rows and bytes are functions of real records.
public struct RunControl: Sendable {
    /// How far the reading is.
    public let reading: ReadProgress
    /// Gets the name of each stage as it begins.
    public let stage: @Sendable (String) -> Void
    /// Threads; 0 for one a processor.
    public let workers: Int
    /// Whether temporary files are encrypted, whatever the policy says.
    public let encryptSpool: Bool

    /// Creates a control.
    ///
    /// - Parameters:
    ///   - reading: Learns how far the reading is; `cancel()` stops the command.
    ///   - workers: Threads; 0 for one a processor.
    ///   - encryptSpool: Whether temporary files are encrypted.
    ///   - stage: Gets the name of each stage as it begins.
    public init(
        reading: ReadProgress = ReadProgress(), workers: Int = 0, encryptSpool: Bool = false,
        stage: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.reading = reading
        self.workers = workers
        self.encryptSpool = encryptSpool
        self.stage = stage
    }

    /// Begins a stage, unless the command was stopped.
    ///
    /// - Parameter charged: Whether the ledger has been charged, for the message.
    func begin(_ name: String, charged: Bool) throws(ReleaseError) {
        guard !reading.wantsStop else {
            throw ReleaseError(
                .interrupted,
                charged
                    ? "interrupted before \(name): no archive was written; the charge stays"
                    : "interrupted before \(name): nothing was written, and nothing was charged")
        }
        stage(name)
    }
}
