// SPDX-License-Identifier: Apache-2.0

import Glibc
import GraphicalModels

/// Logistic regression on one-hot codes, trained on synthetic rows only.
///
/// Its score is a sum of one table entry an attribute, which is exactly the shape of query that the
/// curator answers: the model itself is data and crosses the wall inwards, never code.
struct LogisticModel {
    /// One weight for each cell of each attribute; the target's table is all zero.
    private(set) var weights: [[Double]]
    /// The intercept.
    private(set) var intercept = 0.0

    /// Trains by AdaGrad (Duchi, Hazan and Singer 2011) in a seeded order.
    ///
    /// - Parameters:
    ///   - codes: Synthetic rows, column-major with stride `rowCount`.
    ///   - rowCount: The number of rows.
    ///   - sizes: Cells of each attribute.
    ///   - target: The attribute to predict, left out of the features.
    ///   - positive: The target's cell that counts as positive.
    ///   - negatives: The target's cells that count as negative; rows of other cells are skipped.
    ///   - seed: Seed of the order of rows; public, after the wall.
    init(
        codes: [UInt16], rowCount: Int, sizes: [Int], target: Int, positive: Int,
        negatives: Set<Int>, seed: UInt64
    ) {
        weights = sizes.map { [Double](repeating: 0, count: $0) }
        var squares = sizes.map { [Double](repeating: 1e-4, count: $0) }
        var interceptSquare = 1e-4
        var order = (0..<rowCount).filter {
            let code = Int(codes[target * rowCount + $0])
            return code == positive || negatives.contains(code)
        }
        guard !order.isEmpty else { return }
        let features = sizes.indices.filter { $0 != target }
        var generator = SeededGenerator(seed: seed, stream: 0x10_61_57_1C)
        let penalty = 1.0 / Double(order.count)
        // Passes enough to see about a million rows, so that small tables converge too.
        let passes = min(40, max(4, 1_000_000 / order.count))
        for pass in 0..<passes {
            order.shuffle(using: &generator)
            let rate = 0.2 / (1 + Double(pass) / 2)
            for row in order {
                var score = intercept
                for attribute in features {
                    score += weights[attribute][Int(codes[attribute * rowCount + row])]
                }
                let truth = Int(codes[target * rowCount + row]) == positive ? 1.0 : 0.0
                let error = 1 / (1 + exp(-score)) - truth
                interceptSquare += error * error
                intercept -= rate * error / interceptSquare.squareRoot()
                for attribute in features {
                    let code = Int(codes[attribute * rowCount + row])
                    let gradient = error + penalty * weights[attribute][code]
                    squares[attribute][code] += gradient * gradient
                    weights[attribute][code] -=
                        rate * gradient / squares[attribute][code].squareRoot()
                }
            }
        }
    }
}
