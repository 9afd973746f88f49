// SPDX-License-Identifier: Apache-2.0

import GraphicalModels
public import Privacy

/// About what fitting a model will take at most, from public facts and an assumed number of records.
///
/// Measured rates of one processor of a 2-core virtual machine (AMD EPYC), to tell seconds from minutes; cells that
/// noise hides are merged before, so it is often far less.
public struct FitForecast: Sendable {
    /// CPU seconds of fitting, and of drawing the rows of a mixture once.
    public let seconds: Double
    /// Memory of a mixture, in MiB; of other models the cap says it, and this is 0.
    public let mebibytes: Int

    /// Multiplications of matrices, and steps of chains, a second.
    private static let products = 2.5e10, steps = 3e9
    /// Seconds a cell of a junction tree: fitted once, planned in one shot, and again and again.
    private static let once = 3e-6, planned = 2e-5, often = 4e-5
    /// Seconds a row that is refined.
    private static let row = 5e-6

    /// Forecasts.
    ///
    /// - Parameters:
    ///   - plan: The plan.
    ///   - records: Records that are measured, above 0.
    /// - Throws: `NoiseError` where ρ is too small to plan for.
    public init(_ plan: SynthesisPlan, records: Double) throws(NoiseError) {
        switch plan.method {
        case .auto:
            let choice = Auto.publicChoice(of: plan.task)?.method
            let methods = choice.map { [$0] } ?? [.tree, .mixture]
            let all = try methods.map { method throws(NoiseError) in
                try FitForecast(method, plan, records: records)
            }
            seconds = all.reduce(0) { max($0, $1.seconds) }
            mebibytes = all.reduce(0) { max($0, $1.mebibytes) }
        default: self = try FitForecast(plan.method, plan, records: records)
        }
    }

    private init(
        _ method: SynthesisMethod, _ plan: SynthesisPlan, records: Double
    ) throws(NoiseError) {
        let sizes = plan.sizes
        let pairs = SynthesisPlan.pairs(of: sizes).map { sizes[$0[0]] * sizes[$0[1]] }
        switch method {
        case .independent, .copula:
            (seconds, mebibytes) = (Self.once * Double(sizes.reduce(0, +)), 0)
        case .mst:
            let cells = pairs.sorted(by: >).prefix(max(0, sizes.count - 1)).reduce(0, +)
            (seconds, mebibytes) = (Self.once * Double(cells), 0)
        case .tree:
            (seconds, mebibytes) = (Self.planned * Double(min(plan.task.modelCells, 1 << 18)), 0)
        case .aim:
            (seconds, mebibytes) = (Self.often * Double(plan.task.modelCells), 0)
        case .auto, .mixture:
            guard plan.pairCount > 0 else {
                (seconds, mebibytes) = (Self.once * Double(sizes.reduce(0, +)), 0)
                return
            }
            let kept = try plan.mostKeptCells(records: records).map { Int($0) }
            let cells = min(kept.reduce(0, +), 2500)
            let options = MixtureEstimation.Options(
                ratio: max(1, records / (try plan.pairSigma())), cells: cells)
            let components = Double(options.components)
            let square = Double(cells) * Double(cells)
            // The fit, a sketch before the second look at pairs, and some trials of the penalty.
            let trials: Double = 4 * 200 * min(components, 128)
            let rounds = Double(options.steps + 200) * components + trials
            let chains = PairwiseEstimation.Options(
                records: records, domain: Domain(sizes: kept))
            let sweeps = Double(chains.chains * chains.sweeps)
            let moves = sweeps * Double(sizes.count) * Double(cells)
            let fitting: Double = 4 * rounds * square / Self.products
            let drawing: Double = Self.row * min(records, 1_048_576)
            seconds = fitting + moves / Self.steps + drawing
            let floats: Double = 3 * square + 7 * components * Double(cells)
            mebibytes = Int(4 * floats / 1_048_576) + 1
        }
    }
}
