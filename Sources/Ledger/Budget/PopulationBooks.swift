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
    /// What was charged for lost entries, of whichever type and recipient they were.
    private(set) var lost = PrivacyCost.zero
    private(set) var byType: [String: PrivacyCost] = [:]
    private(set) var byRecipient: [String: PrivacyCost] = [:]
    /// The times of the charges, and before each the sum of those that came earlier.
    private var times: [Int64] = []
    private var sums: [PrivacyCost] = []
    private var costs: [PrivacyCost] = []
    /// The latest time that the ledger knew at each charge: a clock that never goes back.
    private var clock: [Int64] = []
    /// Whether the two are the same.
    private var isOrdered = true

    init(cap: BudgetCap) { self.cap = cap }

    /// Enters a charge.
    ///
    /// - Parameters:
    ///   - cost: The charge.
    ///   - time: Its time.
    ///   - latest: The latest time of any entry up to it.
    ///   - type: The type of release, or `nil`.
    ///   - recipient: The recipient, or `nil`.
    ///   - isLoss: Whether it is of lost entries, whose types and recipients nobody knows.
    mutating func enter(
        _ cost: PrivacyCost, time: Timestamp, latest: Timestamp, type: String?,
        recipient: String?, isLoss: Bool
    ) {
        if time < latest { isOrdered = false }
        if isLoss { lost += cost }
        times.append(time.seconds)
        clock.append(max(time, latest).seconds)
        sums.append(total)
        costs.append(cost)
        total += cost
        if let type { byType[type, default: .zero] += cost }
        if let recipient { byRecipient[recipient, default: .zero] += cost }
    }

    /// What counts of releases of a type: its own charges, and all that is lost.
    func spent(ofType type: String) -> PrivacyCost { byType[type, default: .zero] + lost }

    /// What counts of a recipient's releases: its own charges, and all that is lost.
    func spent(ofRecipient recipient: String) -> PrivacyCost {
        byRecipient[recipient, default: .zero] + lost
    }

    /// The most that may have been charged within so many days, whatever was done to the clock.
    ///
    /// It is the larger of two readings. One holds times to be no earlier than any entry before them, so a
    /// clock that was set back does not make two charges of one day look far apart. The other takes times as
    /// they are and looks at any stretch that holds the time, not only the one that ends there, so a clock
    /// that was set forward for one charge and then back does not hide what came between. ρ and δ are the
    /// largest of their own stretches. A clock that is set forward and stays there is not noticed.
    ///
    /// - Parameters:
    ///   - days: The length of the stretch; its two ends are less than this apart.
    ///   - time: The time that it holds.
    ///   - latest: The latest time of any entry.
    /// - Returns: The sum. Complexity: O(log charges) while times never go back.
    func spent(within days: Int, around time: Timestamp, latest: Timestamp) -> PrivacyCost {
        let length = Int64(days) * 86_400
        let end = max(time, latest).seconds
        let first = clock.partitioningIndex { $0 > end - length }
        let recent = first < sums.count ? total - sums[first] : .zero
        guard !isOrdered || time < latest else { return recent }
        return recent.inParallel(with: most(within: length, around: time))
    }

    private func most(within length: Int64, around time: Timestamp) -> PrivacyCost {
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
