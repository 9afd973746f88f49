// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// The schema with what was discovered in the place of `"discover"`: a schema like any other, with
    /// declared domains, which may be kept, published and used again.
    ///
    /// Post-processing of the discovered domains. Whatever they are, the result is a schema: categories are
    /// listed in the order of their bytes or values, and none that would contradict a declaration is.
    ///
    /// - Parameter domains: The domain of each open attribute, by attribute.
    /// - Returns: The schema; equal domains give equal bytes.
    /// - Throws: `SchemaError` when a domain is missing, or is none that the attribute can have.
    public func completed(with domains: [Int: DiscoveredDomain]) throws(SchemaError) -> Schema {
        let root: JSONValue
        do throws(JSONFault) {
            root = try JSONValue(parsing: source)
        } catch {
            throw SchemaError(schema: name, detail: "is not JSON: \(error.reason)")
        }
        guard case .array(var items)? = root["fields"] else {
            throw SchemaError(schema: name, detail: "has no fields")
        }
        for attribute in openAttributes {
            let index = measured[attribute]
            guard let domain = domains[attribute], let open = fields[index].open else {
                throw SchemaError(
                    schema: name, field: fields[index].name, detail: "its domain was not discovered"
                )
            }
            items[index] = items[index].replacing("semblance") { semblance in
                let special = semblance?["domain"]?["special"]
                let json = open.json(of: domain, special: special)
                return (semblance ?? .object([])).removing("discover")
                    .replacing("domain") { _ in json }
            }
            // Declared bounds are in the domain now, where the edges repeat them.
            if let constraints = items[index]["constraints"] {
                let rest = constraints.removing("minimum").removing("maximum")
                items[index] = items[index].replacing("constraints") { _ in rest }
            }
        }
        return try Schema(
            json: Self.text(root.replacing("fields") { _ in .array(items) }), name: name)
    }

    /// JSON with a member a line, and of lists an element a line, for people who read it.
    static func text(_ root: JSONValue) -> [UInt8] {
        var output = Array("{".utf8)
        guard case .object(let members) = root else { return output }
        for (index, member) in members.enumerated() {
            output += Array((index == 0 ? "\n  " : ",\n  ").utf8)
            JSONValue.writeString(Array(member.name.utf8), to: &output)
            output += Array(": ".utf8)
            guard case .array(let elements) = member.value, member.name == "fields" else {
                member.value.write(to: &output)
                continue
            }
            output.append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                output += Array((place == 0 ? "\n    " : ",\n    ").utf8)
                element.write(to: &output)
            }
            output += Array("\n  ]".utf8)
        }
        return output + Array("\n}\n".utf8)
    }
}

extension OpenDomain {
    /// The `domain` of a schema that declares what was discovered.
    fileprivate func json(of domain: DiscoveredDomain, special: JSONValue?) -> JSONValue {
        switch domain {
        case .texts(let texts):
            let kept = texts.map { String(decoding: $0, as: UTF8.self) }
                .filter { !clashes($0) }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            guard !kept.isEmpty else { return Self.empty }
            return .object([("values", .array(kept.map { .string($0) }))])
        case .integers(let integers):
            guard !integers.isEmpty else { return Self.empty }
            return .object([("values", .array(integers.sorted().map { .number(String($0)) }))])
        case .bins(let starts, let last):
            return .object(binned(starts, last) + (special.map { [("special", $0)] } ?? []))
        case .nothing:
            guard let special, let bin = freeValue, hasGrid else { return Self.empty }
            return .object(binned([bin], bin) + [("special", special)])
        }
    }

    private static var empty: JSONValue { .object([("empty", .boolean(true))]) }

    /// Whether its values lie on a grid, in bins.
    var hasGrid: Bool {
        switch kind {
        case .decimal, .moment: true
        default: false
        }
    }

    /// Whether a text is canonically equivalent to one with a meaning of its own, which a schema refuses.
    private func clashes(_ text: String) -> Bool {
        common.missing.texts.contains(text) || text == common.otherValue ?? "__other__"
    }

    /// Bins as edges, or as bounds and a number where edges cannot say it.
    private func binned(_ starts: [Int64], _ last: Int64) -> [(name: String, value: JSONValue)] {
        var edges = starts.filter { limits.contains($0) && $0 < last }
        // Bins that special values fill alone would be no bins; a wider one holds a value for sure.
        if edges.isEmpty { edges = [starts.first ?? last] }
        while edges.count > 1, isFilled(edges[edges.count - 1], last) { edges.removeLast() }
        if edges[0] < last, !isFilled(edges[0], last) {
            return [("edges", .array((edges + [last]).map(json)))]
        }
        var low = edges[0], high = last
        while isFilled(low, high) {
            if high < limits.upperBound { high += 1 } else { low -= 1 }
        }
        return [
            ("minimum", json(low)), ("maximum", json(high)), ("bins", .number("1")),
        ]
    }

    private func isFilled(_ low: Int64, _ high: Int64) -> Bool {
        high - low < Int64(specials.count { (low...high).contains($0) })
    }

    private func json(_ value: Int64) -> JSONValue {
        if case .moment = kind { return .string(text(of: value)) }
        return .number(text(of: value))
    }

    /// The value nearest to the origin that is not special, for a bin that stands for nothing.
    private var freeValue: Int64? {
        let start = min(max(origin, limits.lowerBound), limits.upperBound)
        let reach = Int64(specials.count)
        for step in 0...reach {
            for value in [start &+ step, start &- step]
            where limits.contains(value) && !isSpecial(value) {
                return value
            }
        }
        return nil
    }
}

extension JSONValue {
    /// The object with another value for a member, which is added where it is missing.
    func replacing(_ name: String, _ body: (JSONValue?) -> JSONValue) -> JSONValue {
        guard case .object(var members) = self else { return self }
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].value = body(members[index].value)
        } else {
            members.append((name, body(nil)))
        }
        return .object(members)
    }

    /// The object without a member.
    func removing(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != name })
    }
}
