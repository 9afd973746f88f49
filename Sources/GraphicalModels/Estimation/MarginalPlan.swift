// SPDX-License-Identifier: Apache-2.0

/// How many small marginals of one table are taken, and small tables spread onto it, with few passes over
/// the large one.
///
/// Targets that lack the same attribute share a table in between: six pairs of four attributes then take
/// two passes over the large table instead of six.
struct MarginalPlan: Sendable {
    /// A table made from a larger one; slot 0 is the large table itself.
    private struct Step: Sendable {
        let from: Int
        let to: Int
        let projection: Projection
    }

    /// From large to small: each slot is made before it is used.
    private var steps: [Step] = []
    /// Cells of each slot.
    private var cells: [Int]
    /// The slot of each target.
    private(set) var slots: [Int]

    /// - Parameters:
    ///   - clique: What the large table is over.
    ///   - targets: Parts of it, in any order.
    ///   - domain: Cells of each attribute.
    init(clique: Clique, targets: [Clique], domain: Domain) {
        cells = [domain.cellCount(of: clique)]
        slots = [Int](repeating: 0, count: targets.count)
        plan(slot: 0, clique: clique, targets: targets, among: Array(targets.indices), domain)
    }

    private mutating func plan(
        slot: Int, clique: Clique, targets: [Clique], among members: [Int], _ domain: Domain
    ) {
        var rest: [Int] = []
        for member in members {
            if targets[member] == clique { slots[member] = slot } else { rest.append(member) }
        }
        while !rest.isEmpty {
            let group = Self.group(of: rest, clique: clique, targets: targets, domain)
            let union = Clique(group.flatMap { targets[$0].attributes })
            rest.removeAll(where: group.contains)
            let next = cells.count
            cells.append(domain.cellCount(of: union))
            steps.append(
                Step(
                    from: slot, to: next,
                    projection: Projection(from: clique, to: union, domain: domain)))
            plan(slot: next, clique: union, targets: targets, among: group, domain)
        }
    }

    /// Targets to make together: those without the attribute whose removal saves most, or one alone.
    private static func group(
        of members: [Int], clique: Clique, targets: [Clique], _ domain: Domain
    ) -> [Int] {
        let cells = Double(domain.cellCount(of: clique))
        var best = [members[0]]
        var most = 0.0
        for attribute in clique.attributes {
            let without = members.filter { !targets[$0].contains(attribute) }
            let union = Clique(without.flatMap { targets[$0].attributes })
            let smaller = Double(domain.cellCount(of: union))
            let saved = Double(without.count - 1) * cells - Double(without.count) * smaller
            if saved > most {
                most = saved
                best = without
            }
        }
        return best
    }

    /// Marginals of a table.
    ///
    /// - Returns: One table a target.
    func marginals(of table: [Double], crew: Crew) -> [[Double]] {
        var tables = [[Double]](repeating: [], count: cells.count)
        tables[0] = table
        for step in steps {
            tables[step.to] = step.projection.reduce(Sum.self, tables[step.from], crew: crew)
        }
        return slots.map { tables[$0] }
    }

    /// Writes to each cell of the large table the sum of what the targets hold where it falls into them.
    ///
    /// - Parameters:
    ///   - values: One table a target.
    ///   - table: Gets the sums, whatever it holds.
    func spread(_ values: [[Double]], over table: inout [Double], crew: Crew) {
        var tables = cells.indices.map { $0 == 0 ? [] : [Double](repeating: 0, count: cells[$0]) }
        var isWritten = false
        func addToLarge(_ projection: Projection?, _ small: [Double], _ table: inout [Double]) {
            if let projection {
                if isWritten {
                    projection.spread(Addition.self, small, onto: &table, crew: crew)
                } else {
                    projection.spread(Assignment.self, small, onto: &table, crew: crew)
                }
            } else if isWritten {
                for cell in small.indices { table[cell] += small[cell] }
            } else {
                table = small
            }
            isWritten = true
        }
        for (slot, small) in zip(slots, values) {
            if slot == 0 {
                addToLarge(nil, small, &table)
            } else {
                for cell in small.indices { tables[slot][cell] += small[cell] }
            }
        }
        for step in steps.reversed() {
            if step.from == 0 {
                addToLarge(step.projection, tables[step.to], &table)
            } else {
                step.projection.spread(
                    Addition.self, tables[step.to], onto: &tables[step.from], crew: crew)
            }
        }
        if !isWritten { table = [Double](repeating: 0, count: cells[0]) }
    }
}
