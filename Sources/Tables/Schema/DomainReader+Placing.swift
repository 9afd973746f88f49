// SPDX-License-Identifier: Apache-2.0

extension DomainReader {
    /// The properties of a field that say where values lie inside bins.
    static let placingKeys = ["round", "weekdays", "shape"]

    /// Reads where values lie inside bins.
    ///
    /// - Parameters:
    ///   - kind: What the bins are made of; nil where the field has none.
    ///   - bins: How many there are, or nil where they are still to be discovered.
    func readPlacing(kind: ColumnCodec.Kind?, bins: Int?) throws(SchemaError) -> Placing {
        let semblance = field.semblance
        var placing = Placing()
        if let round = try field.list(semblance?["round"], "round") {
            guard case .decimal(let decimals)? = kind else {
                throw misplaced("round", "numbers in bins")
            }
            placing.habits = try readHabits(round, decimals: decimals)
        }
        if let weekdays = semblance?["weekdays"] {
            guard case .moment(let format)? = kind, format.hasDate, format.step <= .day else {
                throw misplaced("weekdays", "dates in bins, with a day")
            }
            placing.weekdays = WeekdayWeights(
                weights: try readWeights(weekdays), unitsPerDay: format.step.unitsPerDay)
        }
        if let shape = try field.list(semblance?["shape"], "shape") {
            guard kind != nil, let bins else { throw misplaced("shape", "declared bins") }
            placing.shapes = try readShapes(shape, bins: bins)
        }
        return placing
    }

    private func misplaced(_ key: String, _ what: String) -> SchemaError {
        SchemaError(detail: "\"\(key)\" is for \(what); remove it")
    }

    private func readHabits(
        _ items: [JSONValue], decimals: Int
    ) throws(SchemaError) -> [RoundHabit] {
        var habits: [RoundHabit] = []
        for item in items {
            try checkHabitKeys(item)
            guard let to = item["to"].flatMap(Self.text), let share = item["share"] else {
                throw SchemaError(
                    detail: "each of \"round\" needs \"to\" and \"share\", for example "
                        + "{\"to\": 100, \"share\": 0.5}")
            }
            let step = try number(to, decimals: decimals, "\"to\"")
            guard step > 0 else { throw SchemaError(detail: "\"to\" must be above 0") }
            var ending: Int64 = 0
            if let text = item["ending"].flatMap(Self.text) {
                ending = try number(text, decimals: decimals, "\"ending\"")
            } else if item["ending"] != nil {
                throw SchemaError(detail: "\"ending\" must be a number")
            }
            guard (0..<step).contains(ending) else {
                throw SchemaError(detail: "\"ending\" must be from 0 to below \"to\"")
            }
            habits.append(RoundHabit(step: step, ending: ending, share: try readShare(share)))
        }
        guard habits.reduce(0, { $0 + $1.share }) <= 65_536 else {
            throw SchemaError(
                detail: "the shares of \"round\" are more than 1 together; lower them")
        }
        return habits
    }

    private func checkHabitKeys(_ item: JSONValue) throws(SchemaError) {
        let known = ["to", "ending", "share"]
        guard case .object(let members) = item else {
            throw SchemaError(detail: "\"round\" must be a list of objects, found \(item.kind)")
        }
        for member in members where !known.contains(member.name) {
            throw SchemaError(
                detail: "unknown key \"\(member.name)\" in \"round\"; known are "
                    + known.joined(separator: ", ")
                    + Spelling.advice(for: member.name, among: known))
        }
    }

    /// A share above 0 in units of 2⁻¹⁶, at least one.
    private func readShare(_ json: JSONValue) throws(SchemaError) -> Int {
        guard let text = Self.text(json) else {
            throw SchemaError(detail: "\"share\" must be a number")
        }
        let units: Int64 = 1_000_000
        let share = try number(text, decimals: 6, "\"share\"")
        guard share > 0, share <= units else {
            throw SchemaError(detail: "\"share\" must be above 0 and at most 1")
        }
        // Rounded down, so that shares of 1 together stay at most 1.
        return max(1, Int(share * 65_536 / units))
    }

    private func readWeights(_ json: JSONValue) throws(SchemaError) -> [Int64] {
        if case .string("business") = json { return WeekdayWeights.business }
        guard case .array(let items) = json, items.count == 7 else {
            throw SchemaError(
                detail: "\"weekdays\" must be \"business\" or seven weights, Monday first")
        }
        var weights: [Int64] = []
        for item in items {
            guard let text = Self.text(item) else {
                throw SchemaError(detail: "a weight of \"weekdays\" must be a number")
            }
            let weight = try number(text, decimals: 3, "a weight of \"weekdays\"")
            guard (0...1_000_000).contains(weight) else {
                throw SchemaError(detail: "a weight of \"weekdays\" must be from 0 to 1000")
            }
            weights.append(weight)
        }
        guard weights.contains(where: { $0 > 0 }) else {
            throw SchemaError(detail: "all weights of \"weekdays\" are 0; one must be above")
        }
        return weights
    }

    private func readShapes(_ items: [JSONValue], bins: Int) throws(SchemaError) -> [BinShape] {
        guard items.count == bins else {
            throw SchemaError(
                detail: "\"shape\" has \(items.count) bins, but the domain \(bins); remove it, and "
                    + "the next release fits another")
        }
        var shapes: [BinShape] = []
        for item in items {
            guard case .array(let gains) = item, gains.count == 2,
                case .number(let first) = gains[0], case .number(let second) = gains[1],
                let first = Int(first), let second = Int(second),
                max(first.magnitude, second.magnitude) <= UInt(BinShape.limit)
            else {
                throw SchemaError(
                    detail: "\"shape\" must be a list of two whole numbers for each bin, from "
                        + "-\(BinShape.limit) to \(BinShape.limit)")
            }
            shapes.append(BinShape(first: first, second: second))
        }
        return shapes
    }
}
