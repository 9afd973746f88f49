// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Glibc

/// The process that holds a reservation, so that it can be told later whether it is still running.
///
/// An entry may be published, so it names neither host nor process: it has the SHA-256 of both with a
/// random number of 128 bits that the kernel draws at each start. Whoever is on that machine, since that
/// start, can compare; nobody else can guess.
struct Holder: Sendable, Hashable, Codable {
    /// The machine since its last start, as far as one container of it sees processes.
    let machine: String
    /// The process on it.
    let process: String

    /// Facts of this machine that do not change until it starts again.
    private static func machineFacts() -> String? {
        let boot = try? String(
            contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        // Process numbers mean nothing outside their namespace.
        let space = try? FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/self/ns/pid")
        guard let boot, let space else { return nil }
        return boot.trimmingCharacters(in: .whitespacesAndNewlines) + " " + space
    }

    /// When a process began, in ticks since the machine started: numbers of processes come again.
    private static func start(of process: Int) -> String? {
        guard
            let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            // The name in brackets may hold anything.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ")
        return fields.count > 20 ? String(fields[20]) : nil
    }

    private static func digest(_ parts: String...) -> String {
        Entry.hash(of: parts.joined(separator: "\n"))
    }

    /// This process.
    ///
    /// - Parameter nonce: The random part of the entry that it goes into.
    /// - Returns: The holder, or `nil` where the system does not tell.
    static func current(nonce: String) -> Holder? {
        let process = Int(getpid())
        guard let machine = machineFacts(), let start = start(of: process) else { return nil }
        return Holder(
            machine: digest(nonce, machine),
            process: digest(nonce, machine, String(process), start))
    }

    /// Whether the process can be running.
    enum Life: Sendable {
        /// It is.
        case running
        /// It was of this machine since its last start, and is no more.
        case gone
        /// It is of another machine, or of one before its last start: nobody here can tell.
        case unknown
    }

    /// Looks whether the process is running, among all that this one can see.
    ///
    /// - Parameter nonce: The random part of its entry.
    /// - Returns: What can be told.
    func life(nonce: String) -> Life {
        guard let facts = Self.machineFacts(), Self.digest(nonce, facts) == machine else {
            return .unknown
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for process in names.compactMap({ Int($0) }) {
            if let start = Self.start(of: process),
                Self.digest(nonce, facts, String(process), start) == self.process
            {
                return .running
            }
        }
        return .gone
    }
}
