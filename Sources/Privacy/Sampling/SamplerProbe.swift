// SPDX-License-Identifier: Apache-2.0

/// Runs samplers for the benchmark and keeps what they draw to itself.
///
/// Nothing that goes in is data and nothing drawn comes out, so no grant is needed and none is bypassed.
@_spi(Benchmarks)
public final class SamplerProbe {
    private var cells: [Int64]
    private var source: NoiseSource
    private var sink = 0

    /// Sets up cells of zero.
    ///
    /// - Parameter cells: The number of draws of each run.
    /// - Throws: `NoiseError.noEntropy` when the system has no generator to offer.
    public init(cells: Int) throws(NoiseError) {
        self.cells = [Int64](repeating: 0, count: cells)
        source = try NoiseSource()
    }

    private static func lend(
        _ cells: inout [Int64], _ body: (inout MutableSpan<Int64>) -> Void
    ) {
        var span = cells.mutableSpan
        body(&span)
    }

    /// Draws one word of the generator a cell.
    public func words() {
        Self.lend(&cells) { span in
            for index in span.indices { span[index] ^= Int64(bitPattern: source.word()) }
        }
    }

    /// Draws discrete Gaussian noise as a mechanism does.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - threads: The most threads to use.
    public func gaussian(_ plan: GaussianPlan, threads: Int) {
        let sampler = GaussianSampler(plan, cells: cells.count)
        Self.lend(&cells) { span in
            source.forEachPart(of: &span, threads: threads) { part, source in
                sampler.addDraws(to: &part, from: &source)
            }
        }
    }

    /// Draws discrete Gaussian noise by rejection, on one thread.
    ///
    /// - Parameter plan: The noise.
    public func rejection(_ plan: GaussianPlan) {
        let sampler = GaussianSampler(rejecting: plan)
        Self.lend(&cells) { span in sampler.addDraws(to: &span, from: &source) }
    }

    /// Draws discrete Laplace noise as a mechanism does.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - threads: The most threads to use.
    public func laplace(_ plan: LaplacePlan, threads: Int) {
        let sampler = plan.sampler
        Self.lend(&cells) { span in
            source.forEachPart(of: &span, threads: threads) { part, source in
                sampler.addDraws(to: &part, from: &source)
            }
        }
    }

    /// Chooses once by the exponential mechanism.
    ///
    /// - Parameters:
    ///   - scores: Made-up scores.
    ///   - epsilon: The parameter, for a sensitivity of 1.
    public func choose(scores: [Int128], epsilon: SelectionEpsilon) {
        sink &+= source.choose(scores: scores, sensitivity: 1, epsilon: epsilon)
    }

    /// Chooses once by permute-and-flip.
    ///
    /// - Parameters:
    ///   - scores: Made-up scores.
    ///   - epsilon: The parameter, for a sensitivity of 1.
    public func permuteAndFlip(scores: [Int128], epsilon: SelectionEpsilon) {
        let mechanism = PermuteAndFlip(scores: scores, sensitivity: 1, epsilon: epsilon)
        sink &+= mechanism.draw(from: &source)
    }

    /// Builds a table and throws it away.
    ///
    /// - Parameter sigma2: At most 2^30.
    public func buildTable(sigma2: Rational) {
        sink &+= GaussianTable(GaussianMasses(sigma2: sigma2)).byteCount
    }

    /// Forgets all tables, so that the next draws build theirs.
    public func forgetTables() { GaussianTableCache.shared.forget() }
}
