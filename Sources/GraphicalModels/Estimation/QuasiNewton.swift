// SPDX-License-Identifier: Apache-2.0

/// The limited-memory BFGS method (Nocedal 1980; Liu and Nocedal 1989) around a start of the caller's.
struct QuasiNewton {
    /// Steps that are remembered.
    private static let memory = 6

    private var steps: [Step] = []

    private struct Step {
        let move: [Double]
        let change: [Double]
        /// One over their inner product.
        let inverse: Double
    }

    /// The direction `−H g`, with H from the remembered steps around a start.
    ///
    /// - Parameters:
    ///   - gradient: The gradient g.
    ///   - start: Multiplies by a positive definite matrix near the inverse of the second derivative.
    func direction(_ gradient: [Double], start: ([Double]) -> [Double]) -> [Double] {
        var result = gradient
        var factors: [Double] = []
        for step in steps.reversed() {
            let factor = step.inverse * Numbers.inner(step.move, result)
            Numbers.add(-factor, step.change, to: &result)
            factors.append(factor)
        }
        var scale = 1.0
        if let last = steps.last {
            scale = 1 / (last.inverse * Numbers.inner(last.change, start(last.change)))
        }
        result = start(result)
        for cell in result.indices { result[cell] *= scale }
        for (step, factor) in zip(steps, factors.reversed()) {
            let other = step.inverse * Numbers.inner(step.change, result)
            Numbers.add(factor - other, step.move, to: &result)
        }
        for cell in result.indices { result[cell] = -result[cell] }
        return result
    }

    /// Remembers a step and how it changed the gradient.
    mutating func remember(move: [Double], change: [Double]) {
        let product = Numbers.inner(move, change)
        let scale = Numbers.inner(change, change)
        guard product.isFinite, scale.isFinite, product > 0 else { return }
        if steps.count == Self.memory { steps.removeFirst() }
        steps.append(Step(move: move, change: change, inverse: 1 / product))
    }

    mutating func forget() { steps.removeAll() }
}
