// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// A synthesizer: how it divides a budget, and what it measures in which order.
///
/// A method has no state and sees no record. It plans from public facts, asks everything through one
/// `MeasuringPath`, and decides from released answers alone; the model is fitted afterwards to what was
/// measured. Whatever it asks, the whole costs at most the grant of its path.
protocol MeasuringMethod: Sendable {
    /// The method in a sentence.
    static var summary: String { get }

    /// Divides ρ, from public facts alone.
    ///
    /// - Parameters:
    ///   - task: The table and what is wanted of it.
    ///   - rho: ρ of the synthesizer.
    /// - Returns: The plan.
    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan

    /// Measures by a plan.
    ///
    /// - Parameters:
    ///   - plan: What `plan` made for the grant of the path.
    ///   - path: Asks and pays; what is left of it is given up afterwards.
    ///   - curator: The curator of the real records.
    /// - Returns: What was measured.
    /// - Throws: `SynthesisError`; the charge stays.
    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages
}

/// The table that a method measures and what is wanted of it: public facts, known before any budget is spent.
public struct SynthesisTask: Sendable {
    /// Cells of each attribute.
    public let sizes: [Int]
    /// The cap of records per privacy unit.
    public let unitRows: Int
    /// For each attribute how many of its first cells have an order, by the schema; 0 for none.
    public let orderedCells: [Int]
    /// Which marginals count, and how much.
    public let workload: Workload
    /// The most cells that the junction tree of a model may have, all cliques together.
    public let modelCells: Int

    /// The cap of a model's tables in MiB, eight bytes a cell, where nothing else is said: two million cells
    /// take some seconds to fit.
    public static let usualModelMiB = 16

    /// Creates a task.
    ///
    /// - Parameters:
    ///   - sizes: Cells of each attribute.
    ///   - unitRows: The cap of records per privacy unit.
    ///   - orderedCells: For each attribute how many of its first cells have an order; nil for none of all.
    ///   - workload: Which marginals count, and how much.
    ///   - modelMiB: The most that the tables of a model may take, at least 1.
    public init(
        sizes: [Int], unitRows: Int, orderedCells: [Int]? = nil, workload: Workload = Workload(),
        modelMiB: Int = usualModelMiB
    ) {
        let ordered = orderedCells ?? sizes.map { _ in 0 }
        precondition(ordered.count == sizes.count, "one number an attribute")
        self.sizes = sizes
        self.unitRows = unitRows
        self.orderedCells = ordered
        self.workload = workload
        modelCells = modelMiB << 17
    }

    /// The one-way cliques.
    var singles: [[Int]] { sizes.indices.map { [$0] } }
    /// The pairs that may be measured.
    var pairs: [[Int]] { SynthesisPlan.pairs(of: sizes) }
}

/// What a method measured.
struct MeasuredStages: Sendable {
    /// What is to be fitted where the method left that open; nil for its own model.
    let model: SynthesisMethod?
    /// Why that, in a phrase; nil where nothing was left open.
    let reason: String?
    /// The number of records, with noise; nil where it was not asked.
    let count: NoisyMarginal?
    /// The one-way marginal of each attribute, in order.
    let oneWay: [NoisyMarginal]
    /// The merging of cells that the last stage was measured under.
    let recoding: Recoding
    /// The last stage: marginals of merged cells.
    let merged: [NoisyMarginal]

    init(
        model: SynthesisMethod? = nil, reason: String? = nil, count: NoisyMarginal? = nil,
        oneWay: [NoisyMarginal], recoding: Recoding, merged: [NoisyMarginal]
    ) {
        self.model = model
        self.reason = reason
        self.count = count
        self.oneWay = oneWay
        self.recoding = recoding
        self.merged = merged
    }

    /// The same for a model that was chosen for a reason.
    func fitted(by model: SynthesisMethod, because reason: String) -> MeasuredStages {
        MeasuredStages(
            model: model, reason: reason, count: count, oneWay: oneWay, recoding: recoding,
            merged: merged)
    }
}

extension SynthesisMethod {
    /// What runs for a method.
    var implementation: any MeasuringMethod.Type {
        switch self {
        case .auto: Auto.self
        case .independent: Independent.self
        case .mst: MST.self
        case .mixture: Mixture.self
        case .aim: AIM.self
        case .tree: Tree.self
        case .copula: Copula.self
        }
    }
}
