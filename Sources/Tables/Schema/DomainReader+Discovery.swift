// SPDX-License-Identifier: Apache-2.0

extension DomainReader {
    /// Reads what of the domain is to be discovered.
    ///
    /// Everything that could make a discovered schema contradict itself is refused here, because an error
    /// after the discovery would tell about the records.
    func readOpenDomain(_ json: JSONValue) throws(SchemaError) -> OpenDomain {
        guard common.outside == .other else {
            throw SchemaError(
                detail:
                    "\"discover\" needs \"outside\": \"other\", the default, as some values stay "
                    + "outside what is discovered; remove \"outside\"")
        }
        if let format, common.type == .boolean || common.type == .integer || common.type == .number,
            format != "default"
        {
            throw SchemaError(detail: "\"format\" is for dates and times; remove it")
        }
        guard field.constraints?["enum"] == nil, field.domain?["values"] == nil else {
            throw SchemaError(
                detail: "the field has both \"discover\" and listed values; remove the list, or "
                    + "\"discover\"")
        }
        for key in ["bins", "edges", "scale", "empty"] where field.domain?[key] != nil {
            throw SchemaError(
                detail: "the field has both \"discover\" and \"\(key)\" in its domain; remove "
                    + "\"\(key)\"" + (key == "bins" ? ", or move it into \"discover\"" : ""))
        }
        let request = try DiscoveryRequest(json)
        switch common.type {
        case .boolean:
            throw SchemaError(
                detail: "a boolean has two values and nothing to discover; remove \"discover\"")
        case .string:
            try refuseBounds()
            let most = try request.categories(type: .string)
            return OpenDomain(
                discovery: .categories(most: most), kind: .text, common: common, specials: [],
                limits: Self.widest)
        case .integer where request.asksCategories:
            try refuseBounds()
            let most = try request.categories(type: .integer)
            return try checked(
                OpenDomain(
                    discovery: .categories(most: most), kind: .integers, common: common,
                    specials: [], limits: Self.widest))
        case .integer: return try readOpenBins(request, kind: .decimal(decimals: 0))
        case .number: return try readOpenBins(request, kind: .decimal(decimals: try decimals()))
        case .date, .datetime, .time:
            return try readOpenBins(
                request, kind: .moment(try TimeFormat(format, type: common.type)))
        }
    }

    /// Values of at most 18 digits, as of declared bounds.
    private static let widest: ClosedRange<Int64> =
        -1_000_000_000_000_000_000...1_000_000_000_000_000_000

    private func readOpenBins(
        _ request: DiscoveryRequest, kind: ColumnCodec.Kind
    ) throws(SchemaError) -> OpenDomain {
        let low = try bound("minimum", kind: kind)
        let high = try bound("maximum", kind: kind)
        var limits = Self.widest
        if case .moment(let format) = kind { limits = format.limits }
        let isBounded = low != nil
        guard isBounded == (high != nil) else {
            throw SchemaError(
                detail: "declare both \"minimum\" and \"maximum\", or have both discovered")
        }
        if let low, let high {
            guard low <= high else {
                throw SchemaError(detail: "\"minimum\" is above \"maximum\"; exchange them")
            }
            limits = low...high
        }
        let discovery = try request.bins(isBounded: isBounded)
        return try checked(
            OpenDomain(
                discovery: discovery, kind: kind, common: common,
                specials: try readSpecials(kind: kind), limits: limits))
    }

    private func refuseBounds() throws(SchemaError) {
        for key in ["minimum", "maximum", "special"]
        where field.domain?[key] != nil || field.constraints?[key] != nil && key != "special" {
            throw SchemaError(
                detail: "categories have no \"\(key)\"; remove it"
                    + (common.type == .integer ? ", or ask for bins" : ""))
        }
    }

    /// Refuses texts with a meaning of their own that might lie inside the discovered domain.
    private func checked(_ domain: OpenDomain) throws(SchemaError) -> OpenDomain {
        guard common.otherValue == nil else {
            throw SchemaError(
                detail: "\"otherValue\" might lie inside the discovered domain; remove it")
        }
        for text in common.missing.texts {
            guard let value = exactValue(Array(text.utf8), kind: domain.kind),
                domain.limits.contains(value) || domain.isSpecial(value)
            else { continue }
            throw SchemaError(
                detail:
                    "the missing value \"\(text)\" might lie inside the discovered domain; make it a "
                    + "\"special\" value, or declare a minimum and a maximum that leave it out")
        }
        let specials = domain.specials.count(where: domain.limits.contains)
        guard domain.limits.upperBound - domain.limits.lowerBound >= Int64(specials) else {
            throw SchemaError(
                detail: "the special values fill the bounds; list them as values instead")
        }
        return domain
    }
}

/// The value of `"discover"`: `true`, or an object that says more.
struct DiscoveryRequest {
    private let json: JSONValue

    init(_ json: JSONValue) throws(SchemaError) {
        switch json {
        case .boolean(true): break
        case .object(let members):
            let known = ["categories", "bins", "quantiles"]
            for member in members where !known.contains(member.name) {
                throw SchemaError(
                    detail: "unknown key \"\(member.name)\" in \"discover\"; known are "
                        + known.joined(separator: ", ")
                        + Spelling.advice(for: member.name, among: known))
            }
        default:
            throw SchemaError(
                detail:
                    "\"discover\" must be true or an object, found \(json.kind); remove it where "
                    + "the domain is declared")
        }
        self.json = json
    }

    var asksCategories: Bool { json["categories"] != nil }

    func categories(type: FieldType) throws(SchemaError) -> Int {
        try refuse(["bins", "quantiles"], "categories of a \(type.rawValue)")
        return try count(
            "categories", usual: Discovery.usualCategories, most: Discovery.mostCategories)
    }

    func bins(isBounded: Bool) throws(SchemaError) -> Discovery {
        try refuse(["categories"], "bins")
        let bins = try count("bins", usual: Discovery.usualBins, most: Discovery.mostBins)
        var isQuantiles = isBounded
        if let value = json["quantiles"] {
            guard case .boolean(let truth) = value else {
                throw SchemaError(
                    detail: "\"quantiles\" must be true or false, found \(value.kind)")
            }
            guard truth || !isBounded else {
                throw SchemaError(
                    detail: "minimum and maximum are declared, so that only quantiles are left to "
                        + "discover; remove \"discover\", or set \"quantiles\": true")
            }
            isQuantiles = truth
        }
        return isQuantiles ? .quantiles(bins: bins, findsBounds: !isBounded) : .bounds(bins: bins)
    }

    private func refuse(_ keys: [String], _ what: String) throws(SchemaError) {
        for key in keys where json[key] != nil {
            throw SchemaError(detail: "\(what) have no \"\(key)\" to discover; remove it")
        }
    }

    private func count(_ key: String, usual: Int, most: Int) throws(SchemaError) -> Int {
        guard let value = json[key] else { return usual }
        guard case .number(let text) = value, let count = Int(text), (1...most).contains(count)
        else {
            throw SchemaError(
                detail: "\"\(key)\" in \"discover\" must be a whole number from 1 to \(most)")
        }
        return count
    }
}

extension TimeFormat {
    /// The values that the format can write.
    var limits: ClosedRange<Int64> {
        let perDay = Int64(step.unitsPerDay)
        guard hasDate else { return 0...perDay - 1 }
        switch step {
        case .year: return 0...9_999
        case .month: return 0...9_999 * 12 + 11
        default:
            let first = Int64(CivilCalendar.days(year: 0, month: 1, day: 1))
            let last = Int64(CivilCalendar.days(year: 9_999, month: 12, day: 31))
            return first * perDay...(last + 1) * perDay - 1
        }
    }
}
