// SPDX-License-Identifier: Apache-2.0

import Governance
public import Privacy

extension ReleaseFile {
    /// Measurements of an earlier release of the same population, as free evidence.
    public struct Reuse: Sendable {
        /// The path of the kept measurements.
        public let measurements: String
        /// The total variation distance by which the shares of a column or pair may have moved since.
        public let drift: Rational
        /// The path of an OpenSSH allowed_signers file; `nil` where the release's own key signed.
        public let signers: String?
        /// The principal to expect; `nil` for any in that file.
        public let identity: String?
    }

    /// Reads the list of earlier measurements.
    static func readReuse(_ reader: ConfigurationReader) throws(ConfigurationError) -> [Reuse] {
        var all: [Reuse] = []
        let keys = ["measurements", "drift", "signers", "identity"]
        for item in try reader.mappings("reuse", keys: keys) ?? [] {
            guard let drift = try item.rational("drift"), drift > 0, drift <= 1 else {
                throw item.error(
                    "drift",
                    "missing or out of range, expected the total variation by which shares may have moved, "
                        + "above 0 and at most 1, such as 0.02")
            }
            let path = try item.requiredString("measurements")
            guard !all.contains(where: { $0.measurements == path }) else {
                throw item.error(
                    "measurements", "listed twice, expected each file once; remove one")
            }
            all.append(
                Reuse(
                    measurements: path, drift: drift, signers: try item.string("signers"),
                    identity: try item.string("identity")))
        }
        return all
    }
}
