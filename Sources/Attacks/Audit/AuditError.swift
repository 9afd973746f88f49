// SPDX-License-Identifier: Apache-2.0

public import Curation
public import Privacy
public import Streams
public import Synthesis
public import Tables

/// Why an audit could not run; it says nothing about the mechanism.
public enum AuditError: Error, Sendable, CustomStringConvertible {
    /// The invented table could not be read back.
    case table(TableError)
    /// The invented table could not be written.
    case stream(StreamError)
    /// The mechanism refused.
    case curation(CurationError)
    /// The synthesizer refused.
    case synthesis(SynthesisError)
    /// A grant did not cover what was asked.
    case grant(GrantError)
    /// Noise could not be planned.
    case noise(NoiseError)
    /// What was asked cannot be audited; why.
    case unusable(String)
    /// Somebody asked to stop.
    case interrupted

    /// One line for a person.
    public var description: String {
        switch self {
        case .table(let error): "audit: \(error)"
        case .stream(let error): "audit: \(error)"
        case .curation(let error): "audit: \(error)"
        case .synthesis(let error): "audit: \(error)"
        case .grant(let error): "audit: \(error)"
        case .noise(let error): "audit: \(error)"
        case .interrupted: "interrupted: the audit says nothing"
        case .unusable(let text): "audit: " + text
        }
    }
}
