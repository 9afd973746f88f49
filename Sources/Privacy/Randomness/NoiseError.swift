// SPDX-License-Identifier: Apache-2.0

/// Why noise could not be planned or drawn.
///
/// Nothing was released.
public enum NoiseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The operating system gave no random bytes; the code is its `errno`.
    case noEntropy(code: Int32)
    /// The parameters leave no usable mechanism; the text says which and what to do.
    case unusable(String)

    /// What failed, and what to do.
    public var description: String {
        switch self {
        case .noEntropy(let code):
            "noise: the operating system gave no random bytes (errno \(code)); nothing was released"
        case .unusable(let reason): "noise: " + reason
        }
    }
}
