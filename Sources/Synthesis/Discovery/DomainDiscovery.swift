// SPDX-License-Identifier: Apache-2.0

public import Curation
public import Privacy
public import Tables

/// What one mechanism of discovery answered.
public struct DiscoveryAnswer: Sendable, Codable, Hashable {
    /// A category with its noisy count.
    public struct Category: Sendable, Codable, Hashable {
        /// Its text.
        public let text: String
        /// Its noisy number of records.
        public let count: Int64
    }

    /// The column.
    public let column: String
    /// categories, bounds or quantiles.
    public let kind: String
    /// The noisy count that was asked of a category or of the cell at an edge; absent for quantiles.
    public let threshold: Int?
    /// The categories that were named, by descending noisy count; absent for the other kinds.
    public let categories: [Category]?
    /// The noisy histogram of the other kinds.
    public let histogram: NoisyGrid?
    /// What was found, in words.
    public let found: String
    /// What it cost.
    public let charge: Charge
}

/// The outcome of discovery: a schema without open domains, and the answers it was made from.
public struct DiscoveredSchema: Sendable {
    /// The completed schema.
    public let schema: Schema
    /// The answers, in the order of the plan's steps.
    public let answers: [DiscoveryAnswer]
    /// The columns of which nothing was found: all their values are missing or other ones.
    public let emptyColumns: [String]
}

/// Finds open domains out, against one grant.
public enum DomainDiscovery {
    /// Runs the steps of a plan on the training part and completes the schema.
    ///
    /// Statement of privacy: each step is a thresholded or a plain discrete Gaussian histogram, paid from the
    /// grant; everything else looks at their noisy answers only. The whole costs at most `plan.budget`
    /// for add/remove of a privacy unit (composition of approximate zCDP; Bun and Steinke 2016,
    /// Lemma 8.2), the grid of quantiles being chosen by an earlier answer (adaptive composition).
    ///
    /// - Parameters:
    ///   - curator: The curator of the records.
    ///   - schema: The schema that it was made with.
    ///   - plan: What is asked; made for the same schema and the curator's cap.
    ///   - grant: Pays; consumed whole.
    ///   - stage: Gets the name of each step as it begins; public.
    /// - Returns: The completed schema and the answers.
    /// - Throws: `SynthesisError`; the charge stays.
    public static func run(
        curator: borrowing OpenCurator, schema: Schema, plan: DiscoveryPlan,
        grant: consuming PrivacyGrant, stage: (String) -> Void
    ) throws(SynthesisError) -> DiscoveredSchema {
        var answers: [DiscoveryAnswer] = []
        var domains: [Int: DiscoveredDomain] = [:]
        var bounds: [Int: ClosedRange<Int64>] = [:]
        for step in plan.steps {
            guard let domain = schema.fields[schema.measured[step.attribute]].open else {
                throw .measurements("a step of discovery is about a declared domain")
            }
            stage("discovering \(step.kind) of \(step.column)")
            let payment: PrivacyGrant
            do {
                payment = try grant.take(step.budget)
            } catch {
                throw .grant(error)
            }
            do {
                switch step.question {
                case .categories(let plan):
                    let named = try curator.categories(
                        of: step.attribute, plan: plan, grant: payment)
                    domains[step.attribute] = Self.domain(named, domain)
                    answers.append(Self.answer(step, named))
                case .bounds(let noise, let threshold):
                    let noisy = try curator.histogram(
                        of: step.attribute, over: domain.boundsGrid, plan: noise, grant: payment)
                    let found = NoisyShape.bounds(noisy, threshold: threshold)
                    bounds[step.attribute] = found
                    domains[step.attribute] =
                        found.map { EqualParts.bins($0, count: domain.discovery.mostCells) }
                        ?? .nothing
                    answers.append(Self.answer(step, noisy, Self.words(found, domain)))
                case .quantiles(let noise):
                    // Where no bounds were found there is nothing to divide, and the payment buys nothing.
                    let isOpen = plan.steps.contains {
                        $0.attribute == step.attribute && $0.kind == "bounds"
                    }
                    guard let range = isOpen ? bounds[step.attribute] : domain.limits else {
                        payment.burn()
                        continue
                    }
                    let bins = domain.discovery.mostCells
                    let grid = domain.quantileGrid(within: range, bins: bins)
                    let noisy = try curator.histogram(
                        of: step.attribute, over: grid, plan: noise, grant: payment)
                    let threshold = try Self.threshold(noise, cells: grid.starts.count)
                    let found = NoisyShape.quantileBins(noisy, bins: bins, threshold: threshold)
                    domains[step.attribute] = found
                    answers.append(Self.answer(step, noisy, Self.words(found)))
                }
            } catch {
                throw .curation(error)
            }
        }
        grant.burn()
        do {
            return DiscoveredSchema(
                schema: try schema.completed(with: domains), answers: answers,
                emptyColumns: domains.filter { $0.value.isEmpty }.keys.sorted().map {
                    schema.attributeNames[$0]
                })
        } catch {
            // The text of the schema's error might quote a category.
            throw .measurements("the discovered domains make no schema; please report this")
        }
    }

    private static func threshold(
        _ noise: GaussianPlan, cells: Int
    ) throws(CurationError) -> Int {
        do {
            return try DiscoveryPlan.threshold(noise, cells: cells)
        } catch {
            throw .noise(error)
        }
    }

    private static func domain(
        _ named: NoisyCategories, _ domain: OpenDomain
    ) -> DiscoveredDomain {
        let texts = named.categories.map(\.text)
        guard !domain.hasTexts else { return .texts(texts) }
        return .integers(texts.compactMap { Int64(String(decoding: $0, as: UTF8.self)) })
    }

    private static func answer(
        _ step: DiscoveryPlan.Step, _ named: NoisyCategories
    ) -> DiscoveryAnswer {
        let count = named.categories.count
        return DiscoveryAnswer(
            column: step.column, kind: step.kind, threshold: step.threshold,
            categories: named.categories.map {
                .init(text: String(decoding: $0.text, as: UTF8.self), count: $0.count)
            }, histogram: nil,
            found: count == 0
                ? "no category: none has about \(step.threshold ?? 0) records"
                : count == 1 ? "1 category" : "\(count) categories", charge: named.charge)
    }

    private static func answer(
        _ step: DiscoveryPlan.Step, _ noisy: NoisyGrid, _ found: String
    ) -> DiscoveryAnswer {
        DiscoveryAnswer(
            column: step.column, kind: step.kind, threshold: step.threshold, categories: nil,
            histogram: noisy, found: found, charge: noisy.charge)
    }

    private static func words(_ bounds: ClosedRange<Int64>?, _ domain: OpenDomain) -> String {
        guard let bounds else { return "no bounds: no range holds enough records" }
        return "from \(domain.text(of: bounds.lowerBound)) to \(domain.text(of: bounds.upperBound))"
    }

    private static func words(_ domain: DiscoveredDomain) -> String {
        guard case .bins(let starts, _) = domain else { return "nothing" }
        return starts.count == 1 ? "1 bin" : "\(starts.count) bins"
    }
}
