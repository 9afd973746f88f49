// SPDX-License-Identifier: Apache-2.0

import Privacy

/// The sums of one population's charges.
struct PopulationBooks: Sendable {
    /// The cap for life that the ledger keeps.
    var cap: BudgetCap
    /// What the policy last allowed beside it.
    var limits = PolicyLimits.none
    /// The sum of all charges.
    private(set) var total = PrivacyCost.zero
    private(set) var byType: [String: PrivacyCost] = [:]
    private(set) var byRecipient: [String: PrivacyCost] = [:]
    /// The times of the charges, and before each the sum of those that came earlier.
    private var times: [Int64] = []
    private var sums: [PrivacyCost] = []
    private var costs: [PrivacyCost] = []
    /// Whether times never go back; a clock that was set back makes windows slower, not wrong.
    private var isOrdered = true

    init(cap: BudgetCap) { self.cap = cap }

    /// Enters a charge.
    mutating func enter(
        _ cost: PrivacyCost, time: Timestamp, type: String?, recipient: String?
    ) {
        if let last = times.last, time.seconds < last { isOrdered = false }
        times.append(time.seconds)
        sums.append(total)
        costs.append(cost)
        total += cost
        if let type { byType[type, default: .zero] += cost }
        if let recipient { byRecipient[recipient, default: .zero] += cost }
    }

    /// The most that was charged within any stretch of so many days that holds a time.
    ///
    /// Any stretch, not only the one that ends there: so a clock that was set forward for one charge and
    /// then back does not hide what came between. ρ and δ are the largest of their own stretches.
    ///
    /// - Parameters:
    ///   - days: The length of the stretch; its two ends are less than this apart.
    ///   - time: The time that it holds.
    /// - Returns: The sum. Complexity: O(log charges) while times never go back.
    func spent(within days: Int, around time: Timestamp) -> PrivacyCost {
        let length = Int64(days) * 86_400
        if isOrdered, times.last.map({ $0 <= time.seconds }) ?? true {
            let first = times.partitioningIndex { $0 > time.seconds - length }
            return first < sums.count ? total - sums[first] : .zero
        }
        let near = times.indices.filter { abs(times[$0] - time.seconds) < length }
            .sorted { times[$0] < times[$1] }
        var most = PrivacyCost.zero
        var sum = PrivacyCost.zero
        var first = 0
        for last in near.indices {
            sum += costs[near[last]]
            // The stretch has to reach the time itself too.
            let end = max(times[near[last]], time.seconds)
            while first <= last, times[near[first]] <= end - length {
                sum = sum - costs[near[first]]
                first += 1
            }
            most = most.inParallel(with: sum)
        }
        return most
    }
}

extension Array {
    /// The first place of a sorted array from which on something holds.
    fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
        var lower = 0
        var upper = count
        while lower < upper {
            let middle = (lower + upper) / 2
            if holds(self[middle]) { upper = middle } else { lower = middle + 1 }
        }
        return lower
    }
}
