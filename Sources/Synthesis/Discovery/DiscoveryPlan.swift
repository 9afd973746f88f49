// SPDX-License-Identifier: Apache-2.0

import Curation
public import Privacy
public import Tables

/// How the budget of discovery is divided and what noise it buys, from public things alone.
public struct DiscoveryPlan: Sendable {
    /// What one step asks.
    public enum Question: Sendable {
        /// Which texts or whole numbers many records have.
        case categories(ThresholdPlan)
        /// Between which powers of two values lie; a cell counts as not empty from a noisy count of the
        /// threshold on.
        case bounds(GaussianPlan, threshold: Int)
        /// How values are spread between the bounds.
        case quantiles(GaussianPlan)
    }

    /// One mechanism.
    public struct Step: Sendable {
        /// The attribute, and the name of its column.
        public let attribute: Int, column: String
        /// What is asked of it.
        public let question: Question
        /// What the step's grant holds.
        public let budget: PrivacyCost
    }

    /// The steps, in the order in which they run; none where all domains are declared.
    public let steps: [Step]

    /// Of all the empty cells of one histogram, how likely one is taken for not empty.
    static let falseAlarm = Rational(numerator: 1, denominator: 1_000)

    /// Divides the budget: ρ equally among the steps, δ equally among those that name categories.
    ///
    /// - Parameters:
    ///   - schema: The schema with its open domains.
    ///   - unitRows: The cap of records per privacy unit.
    ///   - budget: ρ and δ of all steps together; δ may be zero where no category is named.
    /// - Throws: `NoiseError` when the budget buys no noise or no threshold.
    public init(schema: Schema, unitRows: Int, budget: PrivacyCost) throws(NoiseError) {
        let open = schema.openAttributes.map { attribute in
            (attribute, schema.attributeNames[attribute], schema.fields[schema.measured[attribute]])
        }
        let domains = open.compactMap { attribute, name, field in
            field.open.map { (attribute: attribute, name: name, domain: $0) }
        }
        let count = domains.reduce(0) { $0 + Self.steps(of: $1.domain.discovery) }
        let named = domains.count { Self.isNamed($0.domain.discovery) }
        guard count > 0 else {
            steps = []
            return
        }
        let rho = budget.rho.scaled(by: Rational(numerator: 1, denominator: count))
        let delta = named > 0 ? budget.delta / Rational(named) : 0
        var steps: [Step] = []
        for (attribute, name, domain) in domains {
            func add(_ question: Question, delta: Rational = 0) {
                steps.append(
                    Step(
                        attribute: attribute, column: name, question: question,
                        budget: PrivacyCost(rho, delta: delta)))
            }
            if case .categories(let most) = domain.discovery {
                let plan = try ThresholdPlan(
                    unitRows: unitRows, budget: PrivacyCost(rho, delta: delta), mostKeys: most,
                    keyBits: OpenCurator.keyBits(domain))
                add(.categories(plan), delta: delta)
                continue
            }
            let noise = try GaussianPlan(sensitivity: unitRows, rho: rho)
            if Self.findsBounds(domain.discovery) {
                let cells = domain.boundsGrid.starts.count
                add(.bounds(noise, threshold: try Self.threshold(noise, cells: cells)))
            }
            if case .quantiles = domain.discovery { add(.quantiles(noise)) }
        }
        self.steps = steps
    }

    /// The noisy count from which on a cell counts as not empty: all empty cells of a histogram stay below it
    /// but with a probability of `falseAlarm`.
    ///
    /// Public, and about accuracy only: privacy is paid for by the noise.
    static func threshold(_ noise: GaussianPlan, cells: Int) throws(NoiseError) -> Int {
        let share = falseAlarm / Rational(cells)
        guard let point = DiscreteGaussianTail(sigma2: noise.sigma2).leastPoint(delta: share) else {
            throw .unusable("no threshold is high enough; reserve more privacy budget")
        }
        return point
    }

    private static func steps(of discovery: Discovery) -> Int {
        if case .quantiles(_, true) = discovery { return 2 }
        return 1
    }

    private static func isNamed(_ discovery: Discovery) -> Bool {
        if case .categories = discovery { return true }
        return false
    }

    private static func findsBounds(_ discovery: Discovery) -> Bool {
        switch discovery {
        case .categories: false
        case .bounds: true
        case .quantiles(_, let findsBounds): findsBounds
        }
    }

    /// Whether a schema's discovery pays δ, as naming categories does.
    ///
    /// - Parameter schema: The schema.
    public static func needsDelta(_ schema: Schema) -> Bool {
        schema.measured.contains { schema.fields[$0].open.map { isNamed($0.discovery) } ?? false }
    }

    /// What all steps together cost at most: the sum of their grants.
    public var budget: PrivacyCost { steps.reduce(.zero) { $0 + $1.budget } }
}

extension DiscoveryPlan.Step {
    /// The mechanism that will run, with its exact cost; nil for quantiles, whose cells depend on the bounds.
    ///
    /// Their cost does not: it is that of the noise.
    public var cost: PrivacyCost {
        switch question {
        case .categories(let plan): plan.cost
        case .bounds(let noise, _), .quantiles(let noise): PrivacyCost(noise.cost)
        }
    }

    /// The noise.
    public var noise: GaussianPlan {
        switch question {
        case .categories(let plan): plan.noise
        case .bounds(let noise, _), .quantiles(let noise): noise
        }
    }

    /// What is asked, in a word.
    public var kind: String {
        switch question {
        case .categories: "categories"
        case .bounds: "bounds"
        case .quantiles: "quantiles"
        }
    }

    /// The noisy count that a category, or a cell at the edge of the bounds, must reach; nil for quantiles.
    public var threshold: Int? {
        switch question {
        case .categories(let plan): plan.threshold
        case .bounds(_, let threshold): threshold
        case .quantiles: nil
        }
    }
}
