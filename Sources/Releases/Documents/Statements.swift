// SPDX-License-Identifier: Apache-2.0

/// The sentences that every audit document makes, worded once.
///
/// They depend on public facts of the release alone.
struct Statements {
    let release: ReleaseFile
    let epsilon: String
    let delta: String
    /// How many counted shards the release was made from; nil where the table was read.
    let shards: Int?
    /// Earlier releases whose measurements helped: their names, and the exact sums of ε and of δ with this one's.
    var together: (names: [String], epsilon: String, delta: String)?
    /// Columns whose domain was discovered; a column that took two steps may come twice.
    var discovered: [String] = []

    /// Where the domains come from.
    var domainSource: String {
        guard !discovered.isEmpty else { return "Domains are declared in the schema." }
        var seen: Set<String> = []
        let names = discovered.filter { seen.insert($0).inserted }
        return
            "Domains are declared in the schema, but for those of \(names.joined(separator: ", ")): they "
            + "were discovered by charged mechanisms, and are inside the guarantee."
    }

    private var unit: String {
        guard let column = release.unitColumn else { return "any one record" }
        return "all records of any one \(column) (at most \(release.unitRows) are used)"
    }

    /// The guarantee in words, with unit, relation, ε and δ, as an honest claim needs them.
    var guarantee: String {
        """
        Whether \(unit) \(release.unitColumn == nil ? "is" : "are") in the source table or not changes the probability of anything that this \
        archive could contain by a factor of at most e^ε = e^\(epsilon), except with probability \
        δ = \(delta). The synthetic records, the utility figures, the attack results and the \
        number of records are all inside this guarantee.
        """ + earlier
    }

    /// What earlier releases add, which the recipient has as well.
    private var earlier: String {
        guard let together else { return "" }
        return """
             That is what this release adds to \(together.names.joined(separator: ", ")), which the same recipient got and \
            whose noisy measurements it follows too; their own charges paid for those. Together, and so this archive by \
            itself for somebody who never had the others, the factor is at most e^\(together.epsilon), except with \
            probability \(together.delta).
            """
    }

    /// How it was checked that no unit is in two shards; nil where there are none.
    var separation: String? {
        guard let shards else { return nil }
        guard shards > 1 else { return "Made from one counted shard, which holds all records." }
        let made = "Made from \(shards) shards, each counted by itself."
        guard let column = release.unitColumn else {
            return made
                + " That no record is in two of them is the owner's word; of shards that are large "
                + "enough to tell, only equal ones are refused."
        }
        return made
            + " That no \(column) is in two of them was checked by a sample of keyed hashes: a table "
            + "that was divided otherwise is refused, a few stray ones may go unnoticed."
    }

    /// What differential privacy at this unit does not cover.
    var unprotected: [String] {
        var texts = [
            "Facts about groups: what is true of many people can be learnt, about members of the group too.",
            (discovered.isEmpty ? "Column names" : "Column names, types")
                + ", declared domains and formats: they come from the schema, not from the data.",
        ]
        if release.unitColumn != nil {
            texts.append(
                "People who appear under several values of \(release.unitColumn ?? ""): their loss adds up."
            )
        } else {
            texts.append(
                "People with several records: the unit is one record, so their loss adds up over records."
            )
        }
        texts.append(
            "Households and other groups of g people: their loss grows with g (ρ grows with g²).")
        return texts
    }

    /// What was done before and after the mechanisms.
    var processing: [String] {
        [
            "Domains, bounds and bins are declared in the schema, which its owner declares to be public"
                + (discovered.isEmpty ? "" : ", or discovered by charged mechanisms")
                + "; a draft with values that nobody confirmed is refused.",
            "Values outside a declared domain go to a cell of their own, or to the nearest bin where the schema says clamp.",
            "Records of one unit beyond the cap are dropped by a keyed hash of the unit's own records.",
            "Numbers and dates inside bins follow shapes fitted to noisy counts, which `schema.json` has, and habits and weekdays as the schema declares them; identifiers are invented.",
            "Everything after the noisy answers (fit, rows, shapes, scores, plots) is post-processing of them.",
        ]
    }

    /// Trust and side channels.
    var trust: [String] {
        [
            "Central model: the owner's machine reads the real records; nobody else does.",
            "Real records, and exact tallies that memory does not hold, go to private temporary files that have no name."
                + (release.source.quarantine == nil
                    ? ""
                    : " Records that were set aside are in a file that only its owner can read.")
                + (shards == nil
                    ? ""
                    : " But each shard's exact tallies are in a file that only its owner can read, marked secret."),
            "The program makes no network connection.",
            "Timing, memory and power of the owner's machine are not protected; it is a batch tool and must not be offered as a service.",
        ]
    }

    /// Terms of use, where the contract says no more.
    var terms: [String] {
        var texts = [
            "Use only for: \(release.recipient.purpose ?? "the purpose agreed with the sender").",
            "Do not try to identify or contact anyone, and do not link these records with other data in order to do so.",
            "Do not pass the table on; this copy carries a mark that tells whose it is.",
            "Report a suspected re-identification or loss to the sender at once.",
        ]
        if let contract = release.recipient.contract {
            texts.insert("Governed by contract \(contract).", at: 0)
        }
        if let expires = release.recipient.expires {
            texts.append("Delete this copy and everything made from it by \(expires).")
        }
        if release.watermarkKey == nil {
            texts.removeAll { $0.contains("carries a mark") }
            texts.append("Do not pass the table on.")
        }
        return texts
    }

    /// Review and incidents.
    var review: [String] {
        var texts: [String] = []
        if let expires = release.recipient.expires { texts.append("Review by \(expires).") }
        texts += [
            "Review at once when the privacy unit proves wrong, a defect in the mechanism is found, or the ledger fails verification.",
            "A release cannot be un-spent: withdrawing it does not return its budget.",
        ]
        return texts
    }

    /// What the document does not claim.
    var limits: [String] {
        [
            "Attack results are experiments with two attacks, not a proof; the proof is the accounting of the mechanisms.",
            "\"Anonymous\" is a legal finding that a person makes; this document is evidence for it.",
            "Synthetic records are not real ones: a count of them is not a count of people, and rare cells are mostly noise.",
            "Joint patterns that the fitted model does not contain are represented only as far as they follow from it.",
        ]
    }

    /// The hazards of SP 800-226 and where this release stands.
    ///
    /// - Parameters:
    ///   - epsilonValue: ε as a number, for the rule of thumb.
    ///   - deltaValue: δ as a number.
    ///   - assessed: Whether evidence was bought.
    /// - Returns: One row a hazard.
    func hazards(epsilonValue: Double, deltaValue: Double, assessed: Bool) -> [AuditRecord.Hazard] {
        func row(_ hazard: String, _ state: String, _ evidence: String) -> AuditRecord.Hazard {
            AuditRecord.Hazard(hazard: hazard, state: state, evidence: evidence)
        }
        let exact = "exact integer samplers over the operating system's CSPRNG"
        return [
            row(
                "Large ε", epsilonValue <= 1 ? "mitigated" : "accepted",
                epsilonValue <= 1
                    ? "ε is at most 1" : "ε = \(epsilon) is above 1; the policy allows it"),
            row(
                "Large δ", deltaValue <= 1e-5 ? "mitigated" : "accepted",
                "δ = \(delta); it should stay below one over the square of the number of people"),
            row(
                "Record-level claim sold as person-level",
                release.unitColumn == nil ? "accepted" : "mitigated",
                release.unitColumn == nil
                    ? "the unit is one record, as stated"
                    : shards ?? 1 == 1
                        ? "the cap per unit is enforced by the program"
                        : "the cap per unit is enforced by the program in each shard; that no unit is in two "
                            + "of them was checked by a sample of keyed hashes"),
            row(
                "Number of records unprotected", "mitigated",
                "add/remove relation; the number is estimated from noise"),
            row(
                "Parameters compared across definitions", "mitigated",
                "ρ is reported as charged, ε and δ as its reading"),
            row(
                "Mixing private and exact outputs", "mitigated",
                "the packer takes only public or charged files"),
            row(
                "Empirical audit read as proof", assessed ? "mitigated" : "not applicable",
                assessed ? "attack results are labelled as experiments" : "no attacks were run"),
            row(
                "Unreviewed mechanism", "mitigated",
                "published mechanisms: discrete Gaussian noise (CKS20), exponential choices by their bounded range "
                    + "(Cesar and Rogers 2021), composed by zCDP (BS16)"
            ),
            row(
                "Bounds, bins or domains from the data", "mitigated",
                discovered.isEmpty
                    ? "declared in the schema, which its owner declares to be public"
                    : "declared in the schema, or discovered by charged mechanisms"),
            row(
                "Hyper-parameters from the data", "mitigated",
                "chosen from schema sizes, ρ and charged noisy answers"),
            row("Utility monitoring published", "mitigated", "every figure is noisy and charged"),
            row(
                "Small groups badly represented", "accepted",
                "rare cells are merged or dominated by noise; see utility"),
            row(
                "Budget exhausted silently", "mitigated",
                "the ledger reserves before noise is drawn and stops at the cap"),
            row("Trust model mismatch", "accepted", "central model, as stated"),
            row("Floating-point noise", "mitigated", exact),
            row("Timing of samplers", "accepted", "batch tool; no latency is exposed"),
            row("Side channels of the host", "accepted", "outside the program"),
            row("Access to raw records", "accepted", "the owner's duty"),
            row("Collecting more than needed", "mitigated", "identifiers are never measured"),
            row(
                "Synthetic data without DP", "mitigated",
                "every record is drawn from noisy measurements only"),
        ]
    }
}
