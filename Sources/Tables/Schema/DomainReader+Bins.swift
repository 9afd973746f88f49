// SPDX-License-Identifier: Apache-2.0

import Glibc

extension DomainReader {
    /// Reads bounds, bins and special values of numbers, dates and times.
    func readBins(kind: ColumnCodec.Kind) throws(SchemaError) -> ColumnCodec {
        guard field.domain?["values"] == nil, field.constraints?["enum"] == nil else {
            throw SchemaError(
                detail: "only strings and integers have listed values; give this "
                    + "\(common.type.rawValue) a minimum, a maximum and bins")
        }
        let (boundaries, minimum, maximum) = try readBoundaries(kind: kind)
        guard boundaries.count <= SchemaReader.maximumCells else {
            throw SchemaError(
                detail: "the domain has more than \(SchemaReader.maximumCells) cells; "
                    + "use fewer bins")
        }
        let specials = try readSpecials(kind: kind)
        let grid = BinGrid(boundaries: boundaries, maximum: maximum, specials: specials)
        guard !grid.starts.isEmpty else {
            throw SchemaError(
                detail: "the special values fill every bin; list them as values instead")
        }
        for text in common.missing.texts {
            let bytes = Array(text.utf8)
            guard let value = exactValue(bytes, kind: kind) else { continue }
            guard value < minimum || value > maximum, !specials.contains(value) else {
                throw SchemaError(
                    detail: "the missing value \"\(text)\" is inside the domain; narrow the "
                        + "domain or remove it from missingValues")
            }
        }
        return ColumnCodec(kind: kind, grid: grid, common: common)
    }

    /// First values of the bins, and the bounds.
    private func readBoundaries(
        kind: ColumnCodec.Kind
    ) throws(SchemaError) -> (boundaries: [Int64], minimum: Int64, maximum: Int64) {
        let low = try bound("minimum", kind: kind)
        let high = try bound("maximum", kind: kind)
        if let edges = try field.list(field.domain?["edges"], "edges") {
            for key in ["bins", "scale"] where field.domain?[key] != nil {
                throw SchemaError(
                    detail: "the domain has both \"edges\" and \"\(key)\"; keep one of them")
            }
            return try readEdges(edges, low: low, high: high, kind: kind)
        }
        guard let low, let high else {
            throw SchemaError(
                detail: "no domain: give \"minimum\", \"maximum\" and \"bins\", or \"edges\", "
                    + "in semblance.domain")
        }
        guard low <= high else {
            throw SchemaError(detail: "\"minimum\" is above \"maximum\"; exchange them")
        }
        return (try readBinCount(low: low, high: high, kind: kind), low, high)
    }

    private func readEdges(
        _ items: [JSONValue], low: Int64?, high: Int64?, kind: ColumnCodec.Kind
    ) throws(SchemaError) -> (boundaries: [Int64], minimum: Int64, maximum: Int64) {
        guard items.count >= 2 else {
            throw SchemaError(detail: "\"edges\" needs two values at least: n + 1 for n bins")
        }
        var edges: [Int64] = []
        for item in items { edges.append(try gridValue(item, "an edge", kind: kind)) }
        for (left, right) in zip(edges, edges.dropFirst()) where left >= right {
            throw SchemaError(detail: "\"edges\" must ascend without repetition; sort them")
        }
        let (first, last) = (edges[0], edges[edges.count - 1])
        guard low ?? first == first, high ?? last == last else {
            throw SchemaError(
                detail: "\"edges\" must begin with \"minimum\" and end with \"maximum\"; "
                    + "make them agree")
        }
        return (Array(edges.dropLast()), first, last)
    }

    private func readBinCount(
        low: Int64, high: Int64, kind: ColumnCodec.Kind
    ) throws(SchemaError) -> [Int64] {
        let scale = try field.string(field.domain?["scale"], "scale") ?? "linear"
        guard scale == "linear" || scale == "log" else {
            throw SchemaError(detail: "\"scale\" is \"\(scale)\"; use \"linear\" or \"log\"")
        }
        guard let bins = field.domain?["bins"] else {
            guard common.type == .integer, high - low <= 1_000, scale == "linear" else {
                throw SchemaError(
                    detail: "no \"bins\": give a count, or \"edges\"; only an integer with up to "
                        + "1,000 values may do without")
            }
            return Array(low...high)
        }
        if case .string(let text) = bins {
            return try readPeriod(text, scale: scale, low: low, high: high, kind: kind)
        }
        guard case .number(let text) = bins, let count = Int64(text), count >= 1 else {
            throw SchemaError(detail: "\"bins\" must be a whole number of at least 1")
        }
        guard count <= SchemaReader.maximumCells else {
            throw SchemaError(
                detail: "\"bins\" is more than \(SchemaReader.maximumCells); use fewer")
        }
        guard count - 1 <= high - low else {
            throw SchemaError(
                detail: "\"bins\" is more than there are values from minimum to maximum; "
                    + "use fewer")
        }
        guard scale == "log" else {
            return BinGrid.equalBoundaries(minimum: low, maximum: high, count: count)
        }
        return try logBoundaries(low: low, high: high, count: count, kind: kind)
    }

    private func logBoundaries(
        low: Int64, high: Int64, count: Int64, kind: ColumnCodec.Kind
    ) throws(SchemaError) -> [Int64] {
        guard case .decimal = kind, low > 0 else {
            throw SchemaError(
                detail: "\"scale\": \"log\" needs a number with a minimum above 0; make 0 a "
                    + "special value or use edges")
        }
        let ratio = log(Double(high) / Double(low))
        var boundaries = [low]
        for index in 1..<max(count, 1) {
            let edge = Double(low) * exp(ratio * Double(index) / Double(count))
            boundaries.append(Int64(edge.rounded()))
        }
        for (left, right) in zip(boundaries, boundaries.dropFirst()) where left >= right {
            throw SchemaError(
                detail: "\"bins\" is so many that the lowest ones on a log scale are empty; "
                    + "use fewer")
        }
        return boundaries
    }

    private func readPeriod(
        _ text: String, scale: String, low: Int64, high: Int64, kind: ColumnCodec.Kind
    ) throws(SchemaError) -> [Int64] {
        guard case .moment(let format) = kind, let period = CalendarPeriod(rawValue: text) else {
            throw SchemaError(
                detail: "\"bins\" is \"\(text)\"; use a count, or for dates one of "
                    + CalendarPeriod.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard scale == "linear" else {
            throw SchemaError(detail: "dates have no \"scale\"; remove it")
        }
        let isTimeOfDay = common.type == .time
        guard format.step <= period.coarsestStep,
            !isTimeOfDay || period == .minute || period == .hour
        else {
            throw SchemaError(
                detail: "\"bins\" is \"\(text)\", which format \"\(format.pattern)\" cannot "
                    + "tell apart; use a longer period or a finer format")
        }
        let limit = SchemaReader.maximumCells
        let boundaries = BinGrid.calendarBoundaries(
            minimum: low, maximum: high, period: period, step: format.step, limit: limit)
        guard let boundaries else {
            throw SchemaError(
                detail: "the domain has more than \(limit) cells; use longer periods")
        }
        return boundaries
    }

    func readSpecials(kind: ColumnCodec.Kind) throws(SchemaError) -> [Int64] {
        var specials: [Int64] = []
        var seen: Set<Int64> = []
        for item in try field.list(field.domain?["special"], "special") ?? [] {
            let value = try gridValue(item, "a special value", kind: kind)
            guard seen.insert(value).inserted else {
                throw SchemaError(detail: "\"special\" names one value twice; list it once")
            }
            specials.append(value)
        }
        return specials
    }

    /// A bound from the domain, or else from the constraints of Table Schema.
    func bound(
        _ key: String, kind: ColumnCodec.Kind
    ) throws(SchemaError) -> Int64? {
        guard let json = field.domain?[key] ?? field.constraints?[key] else { return nil }
        return try gridValue(json, "\"\(key)\"", kind: kind)
    }

    private func gridValue(
        _ json: JSONValue, _ what: String, kind: ColumnCodec.Kind
    ) throws(SchemaError) -> Int64 {
        switch (kind, json) {
        case (.decimal(let decimals), .number(let text)),
            (.decimal(let decimals), .string(let text)):
            return try number(text, decimals: decimals, what)
        case (.moment(let format), .string(let text)):
            guard let value = try format.value(of: text, type: common.type) else {
                throw SchemaError(
                    detail: "\(what) is not a \(common.type.rawValue) like "
                        + "\"\(format.pattern)\"")
            }
            return value
        default:
            throw SchemaError(
                detail: "\(what) must be a \(common.type.rawValue), found \(json.kind)")
        }
    }

    /// The grid value of a text, or nil when it has none.
    func exactValue(_ text: [UInt8], kind: ColumnCodec.Kind) -> Int64? {
        switch kind {
        case .integers: return exactValue(text, kind: .decimal(decimals: 0))
        case .decimal(let decimals):
            let number = FixedPoint.parse(
                text.span, from: 0, to: text.count, decimals: decimals)
            return number.form == .exact ? number.value : nil
        case .moment(let format):
            let value = format.parse(text.span, from: 0, to: text.count)
            return value == TimeFormat.invalid ? nil : value
        default: return nil
        }
    }
}
