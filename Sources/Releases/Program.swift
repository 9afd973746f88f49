// SPDX-License-Identifier: Apache-2.0

/// Name and version of the program, as they stand in documents.
public enum Program {
    /// The version, semantic.
    public static let version = "0.1.0"
    /// Name and version.
    public static let name = "Semblance " + version
}
