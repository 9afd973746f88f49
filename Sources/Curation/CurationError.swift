// SPDX-License-Identifier: Apache-2.0

public import Privacy
public import Streams
public import Tables

/// Why records were not curated or a query was not answered.
///
/// The texts speak of files, lines, columns and public parameters, never of values or counts.
public enum CurationError: Error, Sendable, CustomStringConvertible {
    /// The table could not be read.
    case table(TableError)
    /// The spool could not be written or read.
    case stream(StreamError)
    /// The grant does not cover the query.
    case grant(GrantError)
    /// Noise could not be planned or drawn.
    case noise(NoiseError)
    /// A query does not fit the table; what is wrong with it.
    case query(String)

    /// A file of counted tallies cannot be used; what is wrong with it.
    case shard(String)
    /// Somebody asked to stop; what was waited for.
    case interrupted(String)

    /// One line for a person.
    public var description: String {
        switch self {
        case .table(let error): error.description
        case .stream(let error): error.description
        case .grant(let error): error.description
        case .noise(let error): error.description
        case .shard(let text), .interrupted(let text): text
        case .query(let text): "query refused: " + text
        }
    }
}
