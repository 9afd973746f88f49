// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Privacy
import Streams

/// What keeps a ledger in order: checkpoints, orphans, lost copies.
public enum LedgerMaintenance {
    /// Writes a signed checkpoint.
    ///
    /// - Parameters:
    ///   - path: The ledger.
    ///   - key: The OpenSSH private key.
    ///   - output: Where the checkpoint goes; its signature goes beside it, with `.sig`.
    ///   - since: An older checkpoint that the ledger has to continue, or `nil`.
    /// - Returns: One line a file.
    /// - Throws: `ReleaseError`: `dataInvalid` where the ledger does not continue the older checkpoint.
    public static func checkpoint(
        _ path: String, key: String, output: String, since: String?
    ) throws(ReleaseError) -> String {
        let signing = try KeyFiles.signingKey(at: key)
        let checkpoint: Checkpoint?
        var proof: ConsistencyProof?
        do {
            let ledger = try BudgetLedger(at: path, createIfMissing: false)
            checkpoint = try ledger.checkpoint()
            if let since {
                let text = try Files.text(since, what: "checkpoint")
                guard let older = Checkpoint(text) else {
                    throw ReleaseError(
                        .dataInvalid, "not a checkpoint: \(since): expected name, size and root")
                }
                proof = try ledger.consistency(since: older)
            }
        } catch let error as ReleaseError {
            throw error
        } catch let error as LedgerError {
            throw ReleaseError(error)
        } catch {
            throw ReleaseError(.software, "checkpoint: \(error)")
        }
        guard let checkpoint else {
            throw ReleaseError(.noInput, "nothing to sign: \(path): the ledger has no entries")
        }
        var lines = try [
            write(checkpoint.description, to: output),
            write(
                LedgerStatement.signature(of: checkpoint, key: signing), to: output + ".sig"),
        ]
        if let proof {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            // Strings and integers only: encoding cannot fail.
            let text = String(
                decoding: (try? encoder.encode(proof)) ?? Data(), as: UTF8.self)
            lines.append(try write(text + "\n", to: output + ".proof.json"))
        }
        return lines.joined(separator: "\n")
    }

    private static func write(_ text: String, to path: String) throws(ReleaseError) -> String {
        do {
            var file = try AtomicFile(creating: path, replacing: true, mode: 0o644)
            try file.write(Array(text.utf8))
            try file.commit()
        } catch {
            throw ReleaseError(error)
        }
        return path
    }

    /// Closes reservations whose process is gone; their charges stay.
    ///
    /// - Parameters:
    ///   - path: The ledger.
    ///   - anchor: Its anchor, or `nil` for none.
    ///   - entries: The entries to close whatever their age; empty for all that can be.
    ///   - days: From how many days on a reservation of a process that cannot be seen is closed.
    ///   - reason: Why, for the record.
    ///   - outputs: A folder in which releases of the ledger write: half-written files of killed runs are
    ///     removed there. `nil` for none.
    /// - Returns: One line a reservation, and one a file.
    /// - Throws: `ReleaseError`; `noInput` where there is no such folder, before any charge is closed.
    public static func reconcile(
        _ path: String, anchor: String?, entries: [Int], olderThan days: Int, reason: String,
        outputs: String? = nil
    ) throws(ReleaseError) -> String {
        // What is closed must be told, so whatever can fail comes before.
        var names: [String] = []
        if let outputs { names = try Leftovers.names(in: outputs) }
        let result: Reconciliation
        let state: LedgerState
        do {
            let ledger = try BudgetLedger(at: path, createIfMissing: false, anchor: anchor)
            result = try ledger.reconcile(
                entries: entries, olderThan: Int64(days) * 86_400, reason: reason,
                time: LedgerAccess.now)
            state = try ledger.current()
        } catch {
            throw ReleaseError(error)
        }
        var lines =
            result.closed.map { "closed  #\($0.sequence)  \($0.release): the charge stays" }
            + result.left.map {
                "left    #\($0.reservation.sequence)  \($0.reservation.release): \($0.reason)"
            }
        if lines.isEmpty { lines = ["Every charge has ended."] }
        if let outputs {
            lines += Leftovers.report(names, in: outputs, of: state)
        } else if !result.closed.isEmpty {
            lines.append(
                "Killed runs leave files NAME.tar.gz.partial and NAME.measurements.json.partial in their "
                    + "output folder; --outputs FOLDER removes them, and those of no run that is running."
            )
        }
        return lines.joined(separator: "\n")
    }

    /// Goes on with an old copy whose newest copy is lost for good, and charges what it lacks.
    ///
    /// - Parameters:
    ///   - path: The copy, in the ledger's place.
    ///   - anchor: Its anchor, or `nil` for none.
    ///   - reason: Why, for the record.
    /// - Returns: What was charged.
    /// - Throws: `ReleaseError`.
    public static func acceptLoss(
        _ path: String, anchor: String?, reason: String
    ) throws(ReleaseError) -> String {
        let losses: [LossAcceptance.Loss]
        do {
            losses = try LossAcceptance.accept(
                at: path, anchor: anchor, reason: reason, time: LedgerAccess.now)
        } catch {
            throw ReleaseError(error)
        }
        let lines = losses.map { loss in
            "charged  \(loss.population)  \(loss.cost.reading)  "
                + (loss.isExact
                    ? "as the anchor knows"
                    : "all that was left: nobody knows what was lost; raise the cap if you do")
        }
        if lines.isEmpty {
            return
                "No charge was made: the copy has every charge that is known, or no cap has anything left."
        }
        var end = ["It counts under the limits of every type of release and every recipient."]
        if losses.contains(where: { !$0.isExact }) {
            end.append(
                "A population that neither copy nor anchor knows was not charged: should there have been one, "
                    + "give it a cap of what is left of its budget when you add it.")
        }
        return (lines + end).joined(separator: "\n")
    }

    /// Adds a population with a budget of its own, on record.
    ///
    /// - Parameters:
    ///   - path: The ledger.
    ///   - anchor: Its anchor, or `nil` for none.
    ///   - population: The new population: people of whom none is in another one.
    ///   - epsilon: ε of its cap, decimal.
    ///   - delta: δ of its cap, decimal.
    ///   - reason: Why these are other people.
    /// - Returns: One line.
    /// - Throws: `ReleaseError`.
    public static func addPopulation(
        _ path: String, anchor: String?, population: String, epsilon: String, delta: String,
        reason: String
    ) throws(ReleaseError) -> String {
        let cap = try LedgerReport.cap(epsilon: epsilon, delta: delta)
        do {
            try BudgetLedger(at: path, createIfMissing: false, anchor: anchor)
                .addPopulation(population, cap: cap, reason: reason, time: LedgerAccess.now)
        } catch {
            throw ReleaseError(error)
        }
        return "Population \(population) has a cap of ε = \(epsilon) at δ = \(delta)"
    }
}
