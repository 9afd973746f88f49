// SPDX-License-Identifier: Apache-2.0

import Privacy
import Synthesis
import Tables

/// What discovery takes of a release's budget; nothing where all domains are declared.
struct DiscoveryBudget {
    /// The share of ρ that it takes from the training part.
    let share: Rational
    /// δ of its thresholds, a part of the release's δ: the rest reads ρ as ε.
    let delta: Rational

    init(share: Rational, delta: Rational) {
        self.share = share
        self.delta = delta
    }

    /// A tenth of ρ, and a tenth of δ where thresholds need one, unless the release file says otherwise.
    private static let usual = Rational(numerator: 1, denominator: 10)

    /// Checks what a release file says against what its schema needs.
    ///
    /// - Throws: `ReleaseError` with status `configuration`.
    init(_ file: ReleaseFile, schema: Schema, path: String) throws(ReleaseError) {
        guard !schema.openAttributes.isEmpty else {
            guard file.discovery == nil else {
                throw ReleaseError(
                    .configuration,
                    "nothing to discover: \(path): found the key discovery, but no field of "
                        + "\(file.schema) says \"discover\"; remove one or write the other")
            }
            share = 0
            delta = 0
            return
        }
        share = file.discovery?.share ?? Self.usual
        let needsDelta = DiscoveryPlan.needsDelta(schema)
        delta = needsDelta ? file.discovery?.delta ?? file.delta * Self.usual : 0
        guard needsDelta || file.discovery?.delta == nil else {
            throw ReleaseError(
                .configuration,
                "discovery.delta is not needed: \(path): found it, but no field of \(file.schema) has its "
                    + "categories discovered; remove it")
        }
        guard delta < file.delta else {
            throw ReleaseError(
                .configuration,
                "discovery.delta is all of delta: \(path): expected less than privacy.delta, as the rest "
                    + "of it reads rho as epsilon")
        }
        guard share + (file.evidence?.share ?? 0) < 1 else {
            throw ReleaseError(
                .configuration,
                "shares above the whole: \(path): expected discovery.share and evidence.share to leave "
                    + "something for the synthesis; lower one of them")
        }
    }
}

extension PreparedRelease {
    /// How the budget is divided.
    var split: BudgetSplit {
        BudgetSplit(
            rho: rho, share: file.evidence?.share ?? Rational(0), discovery: discovery,
            hasUnits: countsUnits)
    }

    /// The steps of discovery and their noise: public.
    ///
    /// - Throws: `ReleaseError` with status `configuration` where the budget buys none.
    func discoveryPlan() throws(ReleaseError) -> DiscoveryPlan {
        do {
            return try DiscoveryPlan(
                schema: schema, unitRows: file.unitRows, budget: split.discovery)
        } catch {
            throw ReleaseError(
                .configuration,
                "too little to discover with: \(path): \(error); or declare the domains")
        }
    }

    /// The same release with the schema that was discovered, whose digest takes the place of the declared
    /// one's in everything that follows.
    func completed(_ discovered: DiscoveredSchema) -> PreparedRelease {
        var completed = self
        completed.schema = discovered.schema
        completed.discovered = discovered
        completed.schemaDigest = Files.sha256(discovered.schema.source)
        return completed
    }

    /// Refuses open domains where records are counted in shards.
    ///
    /// Tallies need codes, and codes need the domains.
    func requireDeclared() throws(ReleaseError) {
        let open = schema.openAttributes.map { schema.attributeNames[$0] }
        guard !open.isEmpty else { return }
        throw ReleaseError(
            .configuration,
            "domains to discover: \(file.schema): found \"discover\" in \(open.joined(separator: ", ")), "
                + "expected declared domains, as shards are counted by them; release once without "
                + "--counts, from all records or a part of them, then name the schema.json of that "
                + "archive as schema here")
    }

    /// The line that a field with unconfirmed values may have instead, as an example.
    static func discoverExample(_ field: Field) -> String? {
        let taken = Set(field.unconfirmed)
        guard field.codec != nil, field.type != .boolean,
            !taken.isDisjoint(with: ["enum", "values", "minimum", "maximum", "edges", "special"])
        else { return nil }
        let isListed = taken.contains("enum") || taken.contains("values")
        let place =
            taken.contains("enum")
            ? "constraints.enum" : isListed ? "semblance.domain" : "semblance.domain"
        let line =
            isListed
            ? "\"discover\": {\"categories\": 100}"
            : "\"discover\": {\"bins\": 20, \"quantiles\": true}"
        return
            "for example in \"\(field.name)\" remove \(place) and write \(line) into \"semblance\""
    }
}
