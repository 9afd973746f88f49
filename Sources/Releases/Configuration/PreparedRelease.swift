// SPDX-License-Identifier: Apache-2.0

import Foundation
import Governance
import Privacy
import Synthesis
import Tables

/// A release file with everything it names, read and checked, before any record is opened.
struct PreparedRelease {
    let path: String
    let file: ReleaseFile
    /// The schema; with the discovered domains in it once they are known.
    var schema: Schema
    /// SHA-256 of that schema, in hexadecimal.
    var schemaDigest: String
    /// What was discovered, once it is known; nil where all domains are declared.
    var discovered: DiscoveredSchema?
    /// What discovery takes of the budget.
    let discovery: DiscoveryBudget
    let policy: Policy
    /// SHA-256 of the three files, in hexadecimal.
    let digests: InputDigests
    /// ρ of the whole release: what its accountant makes of (ε, δ), and what the ledger is charged.
    let rho: Rho
    /// The target attribute of the downstream model.
    let target: Int?
    /// Which marginals count, and how much.
    let workload: Workload
    /// Earlier releases whose measurements help to fit the model.
    let earlier: [Earlier]
    /// The rules between columns that every written record keeps.
    let constraints: ConstraintSet

    /// Reads a release file, its schema and its policy, and checks them against each other.
    ///
    /// - Parameter path: The release file.
    /// - Throws: `ReleaseError`: `noInput` for a missing file, `configuration` for a wrong one,
    ///   `notPermitted` where the policy forbids the release.
    init(path: String) throws(ReleaseError) {
        let text = try Files.text(path, what: "release file")
        do {
            file = try ReleaseFile(text: text, path: path)
        } catch {
            throw ReleaseError(error)
        }
        let schemaBytes = try Files.read(file.resolve(file.schema), what: "schema")
        do {
            schema = try Schema(json: schemaBytes, name: file.schema)
            constraints = try ConstraintSet(schema)
        } catch {
            throw ReleaseError(.configuration, error.description)
        }
        let policyText = try Files.text(file.resolve(file.policy), what: "policy")
        do {
            policy = try Policy(yaml: policyText, name: file.policy)
        } catch {
            throw ReleaseError(.configuration, error.description)
        }
        earlier = try Self.earlier(file, schema: schema, policy: policy)
        digests = InputDigests(
            release: Files.sha256(Array(text.utf8)), schema: Files.sha256(schemaBytes),
            policy: Files.sha256(Array(policyText.utf8)),
            reused: earlier.isEmpty ? nil : earlier.map(\.measurements.sha256))
        self.path = path
        schemaDigest = digests.schema
        discovery = try DiscoveryBudget(file, schema: schema, path: path)
        rho = try Self.rho(
            of: file, method: Self.method(of: file, columns: schema.measured.count),
            columns: schema.measured.count, discovery: discovery, path: path)
        target = try Self.target(of: file, in: schema)
        workload = try Self.workload(of: file, in: schema, path: path)
        try checkLedger()
        try checkConfirmed()
        try checkColumns()
        try checkPreserved()
        try checkPolicy()
    }

    /// Refuses a release file that has no ledger, or another one than the policy: a second ledger would
    /// be a second budget for the same people.
    private func checkLedger() throws(ReleaseError) {
        guard policy.ledger != nil else {
            guard file.ledger == nil else { return }
            throw ReleaseError(
                .configuration,
                "missing, expected where the ledger is, here or in \(file.policy): \(path), key ledger"
            )
        }
        guard file.ledger == nil else {
            throw ReleaseError(
                .notPermitted,
                "ledger is the policy's: \(path): found a key ledger, but \(file.policy) says where the "
                    + "ledger is; remove the key")
        }
    }

    /// Refuses a draft whose domains were read off the table: a domain tells about the records it is
    /// taken from, and nothing charges for it.
    private func checkConfirmed() throws(ReleaseError) {
        let open = schema.fields.filter { !$0.unconfirmed.isEmpty }
        guard !open.isEmpty else { return }
        let names = open.prefix(12).map { "\($0.name) (\($0.unconfirmed.joined(separator: ", ")))" }
        let example = open.lazy.compactMap(Self.discoverExample).first
        let more = open.count > 12 ? " and \(open.count - 12) more" : ""
        throw ReleaseError(
            .configuration,
            "unconfirmed: \(file.schema): found values that were taken from the table in "
                + names.joined(separator: ", ") + more
                + "; replace them by what is public knowledge, then remove \"unconfirmed\" from each "
                + "field"
                + (example.map { ", or have domains discovered under differential privacy: \($0)" }
                    ?? ""))
    }

    private static func target(
        of file: ReleaseFile, in schema: Schema
    ) throws(ReleaseError) -> Int? {
        guard let name = file.evidence?.target else { return nil }
        guard let target = schema.attribute(named: name) else {
            throw ReleaseError(
                .configuration,
                "no such column: evidence.target '\(name)': expected one of "
                    + schema.attributeNames.joined(separator: ", "))
        }
        return target
    }

    private func checkColumns() throws(ReleaseError) {
        guard !schema.measured.isEmpty else {
            throw ReleaseError(
                .configuration,
                "nothing to measure: \(file.schema): every field is an identifier; declare a domain"
            )
        }
        guard file.gate["min_found"] == nil || !schema.openAttributes.isEmpty else {
            throw ReleaseError(
                .configuration,
                "nothing to find: \(path), key gate.min_found: found no field of \(file.schema) that says "
                    + "\"discover\", expected one; remove the key or have a domain discovered")
        }
        try checkIdentifiers()
        try checkGate()
        guard let unit = file.unitColumn else { return }
        guard let field = schema.fields.first(where: { $0.name == unit }) else {
            throw ReleaseError(
                .configuration,
                "no such column: unit.column '\(unit)': expected a field of \(file.schema)")
        }
        guard !field.isMeasured, field.derived == nil else {
            throw ReleaseError(
                .configuration,
                "unit column is measured: '\(unit)' in \(file.schema): "
                    + "expected role identifier, which is never measured")
        }
    }

    /// Refuses thresholds that nothing could ever be held to, before anything is charged.
    private func checkGate() throws(ReleaseError) {
        func refusal(_ key: String, _ words: String) -> ReleaseError {
            ReleaseError(
                .configuration, "gate cannot be judged: \(path), key gate.\(key): \(words)")
        }
        for key in ["min_auc", "min_found"] {
            guard let least = file.gate[key], least > 1 else { continue }
            throw refusal(key, "found more than 1, which nothing reaches; lower it")
        }
        if let key = file.gate.keys.sorted().first(where: { $0.hasPrefix("min_auc") }),
            let evidence = file.evidence
        {
            if evidence.target == nil {
                throw refusal(key, "found no evidence.target, expected the column to predict")
            }
            if schema.measured.count < 2 {
                throw refusal(key, "found one column, expected others to predict it from")
            }
        }
        let measured = file.gate.keys.filter { $0 != "min_found" }.sorted()
        if file.evidence == nil, let key = measured.first {
            throw refusal(
                key,
                "found evidence: off, expected evidence to hold it to; remove the threshold or buy evidence"
            )
        }
        let roles = Set(schema.measured.map { schema.fields[$0].role })
        if file.gate["max_linkage_risk"] != nil, !roles.isSuperset(of: [.quasi, .sensitive]) {
            throw refusal(
                "max_linkage_risk",
                "linkage is not attacked where no column is quasi or none sensitive, expected one of each; "
                    + "remove the threshold or say the roles in \(file.schema)")
        }
    }

    private func checkPolicy() throws(ReleaseError) {
        let violations = policy.check(
            PlanFacts(
                epsilon: file.epsilon, delta: file.delta, rowsPerUnit: file.unitRows,
                evidence: file.evidence != nil,
                holdout: file.evidence?.holdout ?? Rational(0),
                recipient: file.recipient.name, releaseType: file.type,
                jurisdiction: file.recipient.jurisdiction,
                expires: file.recipient.expires, today: Clock.today()))
        guard violations.isEmpty else {
            throw ReleaseError(
                .notPermitted,
                "policy '\(policy.name)' forbids this release: "
                    + violations.joined(separator: "; "))
        }
    }
}

/// SHA-256 of the files that a plan was made from.
public struct InputDigests: Codable, Sendable, Hashable {
    /// Of the release file, the schema and the policy, in hexadecimal.
    public let release: String, schema: String, policy: String
    /// Of each earlier release's measurements; absent where none are reused.
    public let reused: [String]?
}
