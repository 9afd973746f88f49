// SPDX-License-Identifier: Apache-2.0

import Foundation
import Governance
import Tables

/// The draft of a measured column's type and domain.
///
/// Bounds of wide ranges are rounded outwards to round numbers, and values in fewer than
/// `ColumnDraft.leastRecords` records are left out: a draft should be near what a person would have written
/// without the table. What was taken from it is listed all the same.
struct DomainDraft {
    /// A word for the domain, for people.
    private(set) var word = ""
    /// Members of the field, of its `semblance` object and of its domain, as JSON texts.
    private(set) var members: [(String, String)] = []
    private(set) var properties: [(String, String)] = []
    private(set) var domain: [(String, String)] = []
    private(set) var unconfirmed: [String] = []
    private(set) var notes: [String] = []
    /// Whether numbers that stand for no value would clash with what will be discovered.
    private var leavesOutNumbers = false

    /// Bins of a number.
    private static let bins = 20
    /// Different whole numbers that are cells of their own.
    private static let mostIntegers = 60

    /// Drafts a domain of a column that has values, or what is to be discovered of it.
    init(_ profile: ColumnProfile, discovers: Bool) {
        let isTyped: Bool
        if let texts = profile.texts, let pair = Self.truth(Set(texts.keys)) {
            addTruth(pair)
            isTyped = true
        } else if let moments = profile.moments {
            addMoments(moments)
            isTyped = true
        } else if let decimals = profile.decimals {
            addNumbers(profile, decimals: decimals)
            isTyped = true
        } else {
            addTexts(profile)
            isTyped = false
        }
        if discovers { discover() }
        addMissing(profile, isTyped: isTyped)
    }

    /// Puts a request for discovery in the place of what was taken from the table.
    ///
    /// It is the same for all columns of a type, so that it tells nothing beyond the type.
    private mutating func discover() {
        let taken: Set = ["enum", "values", "minimum", "maximum", "edges", "special"]
        guard !taken.isDisjoint(with: unconfirmed) else { return }
        let isListed = unconfirmed.contains { $0 == "enum" || $0 == "values" }
        domain = []
        members.removeAll { $0.0 == "constraints" }
        unconfirmed.removeAll { taken.contains($0) }
        properties.append(
            ("discover", isListed ? "{\"categories\": 100}" : "{\"bins\": 20, \"quantiles\": true}")
        )
        notes = notes.filter { !$0.hasPrefix("rarer values") }
        word = isListed ? "categories to be discovered" : "bins to be discovered"
        leavesOutNumbers = true
    }

    /// Texts of true and false that are common, or nil when a text is neither.
    private static func truth(_ texts: Set<String>) -> (isTrue: String, isFalse: String)? {
        let pairs = [
            ("true", "false"), ("True", "False"), ("TRUE", "FALSE"), ("yes", "no"), ("Yes", "No"),
            ("YES", "NO"), ("Y", "N"), ("y", "n"), ("T", "F"), ("t", "f"),
        ]
        return pairs.first { texts == [$0.0, $0.1] }.map {
            (isTrue: $0.0, isFalse: $0.1)
        }
    }

    private mutating func addTruth(_ pair: (isTrue: String, isFalse: String)) {
        word = "true or false"
        members = [
            ("type", "\"boolean\""), ("trueValues", "[\(ColumnDraft.quoted(pair.isTrue))]"),
            ("falseValues", "[\(ColumnDraft.quoted(pair.isFalse))]"),
        ]
        unconfirmed = ["trueValues", "falseValues"]
    }

    private mutating func addMoments(_ moments: ColumnProfile.Moments) {
        members = [("type", "\"\(moments.type.rawValue)\"")]
        if !moments.isDefault { members.append(("format", ColumnDraft.quoted(moments.pattern))) }
        unconfirmed = ["format"]
        if !moments.others.isEmpty {
            notes.append("its dates also fit \(moments.others.joined(separator: ", "))")
        }
        guard moments.type != .time else {
            word = "times of day by hour"
            let end = moments.pattern.hasSuffix("%S") ? "23:59:59" : "23:59"
            let start = moments.pattern.hasSuffix("%S") ? "00:00:00" : "00:00"
            domain = [
                ("minimum", "\"\(start)\""), ("maximum", "\"\(end)\""), ("bins", "\"hour\""),
            ]
            return
        }
        // Whole years, so that the first and the last day of the table stay out of it.
        let years = moments.greatest.year - moments.least.year + 1
        let period = years <= 3 ? "month" : years <= 10 ? "quarter" : "year"
        word = "dates by \(period)"
        let clock = moments.type == .datetime ? ("T00:00:00Z", "T23:59:59Z") : ("", "")
        domain = [
            ("minimum", String(format: "\"%04d-01-01%@\"", moments.least.year, clock.0)),
            ("maximum", String(format: "\"%04d-12-31%@\"", moments.greatest.year, clock.1)),
            ("bins", "\"\(period)\""),
        ]
        unconfirmed += ["minimum", "maximum"]
    }

    private mutating func addNumbers(_ profile: ColumnProfile, decimals: Int) {
        // As many as are exact together with the digits before the point.
        let room = 15 - Int(log10(max(Self.size(profile), 1)).rounded(.up))
        let places = max(0, min(decimals, 9, room))
        members = [("type", decimals == 0 ? "\"integer\"" : "\"number\"")]
        if decimals > 0 {
            properties.append(("decimals", String(places)))
            unconfirmed.append("decimals")
        }
        if decimals > places { notes.append("more than \(places) decimals are cut") }
        unconfirmed += ["minimum", "maximum"]
        let (low, high) = (profile.least, profile.greatest)
        if places == 0, ColumnClass.namesCode(profile.name) {
            let values = Self.listedValues(profile)
            if !values.isEmpty {
                word = "\(values.count) listed codes"
                domain = [("values", "[\(values.joined(separator: ", "))]")]
                unconfirmed = ["values"]
                noteRareValues(profile, listed: values.count)
                return
            }
        }
        if places == 0, high - low <= Double(Self.mostIntegers) {
            word = "whole numbers, each by itself"
            domain = [
                ("minimum", Self.text(low, 0)), ("maximum", Self.text(high, 0)),
            ]
            return
        }
        let mean = profile.sum / Double(max(profile.numbers, 1))
        if low >= 0, high > 20 * mean, mean > 0 {
            addLadder(to: high, mean: mean, places: places)
            if profile.zeros * 20 > profile.valueCount {
                domain.append(("special", "[0]"))
                unconfirmed.append("special")
            }
            return
        }
        let step = max(Self.roundUp((high - low) / Double(Self.bins)), pow(10, -Double(places)))
        let first = (low / step).rounded(.down) * step
        let last = max((high / step).rounded(.up) * step, first + step)
        let count = Int(((last - first) / step).rounded())
        word = "numbers in \(count) bins"
        domain = [
            ("minimum", Self.text(first, places)), ("maximum", Self.text(last, places)),
            ("bins", String(count)),
        ]
    }

    /// The greatest number without its sign.
    static func size(_ profile: ColumnProfile) -> Double {
        max(abs(profile.least), abs(profile.greatest))
    }

    /// Bins that widen, for amounts whose greatest is far above their mean.
    private mutating func addLadder(to high: Double, mean: Double, places: Int) {
        let unit = pow(10, -Double(places))
        var edge = max(Self.roundUp(mean / 50), unit)
        var edges = [0.0]
        while edges[edges.count - 1] < high, edges.count < 60 {
            edges.append(edge)
            edge = Self.roundUp(edge * 1.9)
        }
        word = "amounts in \(edges.count - 1) widening bins"
        unconfirmed = unconfirmed.filter { $0 != "minimum" && $0 != "maximum" } + ["edges"]
        domain = [("edges", "[\(edges.map { Self.text($0, places) }.joined(separator: ", "))]")]
    }

    private mutating func addTexts(_ profile: ColumnProfile) {
        let values = Self.listedValues(profile)
        word = "\(values.count) listed values"
        members = [
            ("type", "\"string\""),
            (
                "constraints",
                "{\"enum\": [\(values.map(ColumnDraft.quoted).joined(separator: ", "))]}"
            ),
        ]
        unconfirmed = ["enum"]
        noteRareValues(profile, listed: values.count)
    }

    private mutating func noteRareValues(_ profile: ColumnProfile, listed: Int) {
        if (profile.texts?.count ?? 0) > listed { notes.append("rarer values are not listed") }
    }

    /// Values that are frequent enough to be listed, in their alphabetical order: an order by frequency
    /// would tell the frequencies.
    static func listedValues(_ profile: ColumnProfile) -> [String] {
        guard let texts = profile.texts else { return [] }
        return texts.filter { $0.value >= ColumnDraft.leastRecords && $0.key != "__other__" }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .prefix(ColumnDraft.mostValues).map(\.key)
            .sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
    }

    /// Declares the texts that stand for no value.
    private mutating func addMissing(_ profile: ColumnProfile, isTyped: Bool) {
        // In a column of texts a word such as "NA" may well be a value; here it is none either way.
        let texts =
            profile.missingTexts.filter { !$0.isEmpty }
            + profile.codesForNone(inAtLeast: ColumnDraft.leastRecords)
            .filter { !leavesOutNumbers || Double($0) == nil || !isTyped }
        guard !texts.isEmpty else { return }
        let all = [""] + texts
        members.append(
            ("missingValues", "[\(all.map(ColumnDraft.quoted).joined(separator: ", "))]"))
        unconfirmed.append("missingValues")
        if !isTyped { notes.append("a text such as NA is taken for no value") }
    }

    /// A number of the form 1, 2 or 5 times a power of ten, not below another.
    static func roundUp(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        let scale = pow(10, floor(log10(value)))
        for factor in [1.0, 2, 5, 10] where factor * scale >= value * (1 - 1e-9) {
            return factor * scale
        }
        return 10 * scale
    }

    /// A number with some decimals.
    private static func text(_ value: Double, _ places: Int) -> String {
        let text = String(format: "%.\(places)f", value)
        guard places > 0 else { return text == "-0" ? "0" : text }
        // Zeros at the end say nothing.
        var trimmed = text[...]
        while trimmed.last == "0" { trimmed = trimmed.dropLast() }
        if trimmed.last == "." { trimmed = trimmed.dropLast() }
        return trimmed == "-0" ? "0" : String(trimmed)
    }
}
