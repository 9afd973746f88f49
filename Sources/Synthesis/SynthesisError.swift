// SPDX-License-Identifier: Apache-2.0

public import Curation
public import GraphicalModels
public import Privacy

/// Why no synthesizer came out.
public enum SynthesisError: Error, Sendable, CustomStringConvertible {
    /// A query was refused or the spool could not be read.
    case curation(CurationError)
    /// A stage asked for more than the grant holds.
    case grant(GrantError)
    /// Noise could not be planned.
    case noise(NoiseError)
    /// The model would be too large.
    case model(ModelError)
    /// Kept measurements cannot be used; what is wrong with them.
    case measurements(String)

    /// One line for a person.
    public var description: String {
        switch self {
        case .curation(let error): error.description
        case .grant(let error): "budget split: \(error)"
        case .noise(let error): error.description
        case .model(let error): error.description
        case .measurements(let text): "measurements: " + text
        }
    }
}
