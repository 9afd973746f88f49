// SPDX-License-Identifier: Apache-2.0

/// An exact sum of many costs.
///
/// Costs of different queries have few factors in common, so a sum of n has n times as many digits as one, and
/// adding one more takes as long as all of them. Here partial sums of 1, 2, 4, … costs are only added to
/// others of their size. Complexity: O(log n) additions of short numbers for each cost, in the mean.
struct CostSum: Sendable {
    /// At place i a sum of 2^i costs, or nothing.
    private var parts: [PrivacyCost?] = []

    /// Adds a cost.
    mutating func add(_ cost: PrivacyCost) {
        guard !cost.isZero else { return }
        var carried = cost
        for place in parts.indices {
            guard let part = parts[place] else {
                parts[place] = carried
                return
            }
            carried += part
            parts[place] = nil
        }
        parts.append(carried)
    }

    /// The sum of all.
    var total: PrivacyCost { parts.reduce(.zero) { sum, part in part.map { sum + $0 } ?? sum } }
}

extension PrivacyCost {
    /// The exact sum of costs: sequential composition.
    ///
    /// - Parameter costs: Any number of costs, also thousands.
    /// - Returns: Their sum.
    public static func sum(_ costs: some Sequence<PrivacyCost>) -> PrivacyCost {
        var sum = CostSum()
        for cost in costs { sum.add(cost) }
        return sum.total
    }
}
