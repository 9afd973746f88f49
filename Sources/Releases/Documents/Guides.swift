// SPDX-License-Identifier: Apache-2.0

/// The two short texts that travel with every release.
enum Guides {
    /// `VERIFY.md`: how the recipient checks a release with stock tools, without this program.
    ///
    /// - Parameters:
    ///   - release: The release's name.
    ///   - signer: The principal of the signing key.
    /// - Returns: Markdown.
    static func verification(release: String, signer: String) -> String {
        """
        # How to check this release

        You need `allowed_signers`, which the sender gave you **by another way** (a key inside this
        archive would prove nothing). Nothing here needs a network or the sender's software.

            tar xzf \(release).tar.gz && cd \(release)

        1. Who made it:

               ssh-keygen -Y verify -f ../allowed_signers -I \(signer) \\
                 -n \(Packing.signatureNamespace) -s SHA256SUMS.sig < SHA256SUMS

        2. Nothing was changed:

               sha256sum -c --strict --quiet SHA256SUMS

        3. Nothing was added (no output is good):

               diff <(cut -c67- SHA256SUMS) <(find . -type f ! -name SHA256SUMS \\
                 ! -name SHA256SUMS.sig | sed 's|^\\./||' | LC_ALL=C sort)

        4. The table agrees with its schema:

               frictionless validate datapackage.json

        5. The charge is in the sender's ledger: `ledger/entry.json` is the entry (its SHA-256 is
           `accounting.ledgerHash` of `audit/audit.json`), `ledger/checkpoint.txt` is what the sender signed
           of the whole ledger, and `ledger/inclusion.json` ties the two (RFC 9162, section 2.1.3). Keep the
           checkpoint: the sender has to be able to show that every later one continues it.

               ssh-keygen -Y verify -f ../allowed_signers -I \(signer) \\
                 -n \(LedgerStatement.signatureNamespace) -s ledger/checkpoint.txt.sig < ledger/checkpoint.txt

        With Semblance, one command does all of it but the fourth:

               semblance verify \(release).tar.gz --allowed-signers allowed_signers

        """
    }

    /// `TERMS.md`: what the recipient may and may not do.
    ///
    /// - Parameter record: The audit record of the release.
    /// - Returns: Markdown.
    static func terms(_ record: AuditRecord) -> String {
        """
        # Terms of this release

        Release `\(record.identity.release)` for \(record.purpose.recipient).

        \(record.terms.map { "- " + $0 }.joined(separator: "\n"))

        """
    }
}
