// SPDX-License-Identifier: Apache-2.0

import Foundation
import Governance
import Tables

/// The draft of one field of a schema, from what a sample has in its column.
struct ColumnDraft {
    /// What becomes of the column.
    enum Fate: Equatable {
        /// It is never measured; perhaps it is made up by a pattern.
        case identifier(isMadeUp: Bool, reason: String)
        /// It is measured; a word for its domain.
        case measured(String)
    }

    let name: String
    private(set) var fate: Fate
    let suggestion: ColumnClass?
    /// What of the field was taken from the table.
    private(set) var unconfirmed: [String]
    /// What the person who confirms should know.
    private(set) var notes: [String] = []
    /// Members of the field's JSON object, as JSON texts.
    private var members: [(String, String)]
    private var properties: [(String, String)] = []
    private var domain: [(String, String)] = []

    /// Values of a text column that a domain may list.
    static let mostValues = 100
    /// Records that a value must have to be listed: rarer ones may be about one person.
    static let leastRecords = 10

    /// Drafts a field.
    ///
    /// - Parameters:
    ///   - profile: What a sample has in the column.
    ///   - discovers: Whether its domain shall be discovered under differential privacy.
    init(_ profile: ColumnProfile, discovers: Bool = false) {
        var suggestion = ColumnClass(columnName: profile.name)
        // `educational_num` has few values: it numbers classes, not persons.
        if suggestion?.hipaa == "hipaa.other_unique", let texts = profile.texts,
            texts.count <= Self.mostValues, texts.count * 10 < profile.valueCount
        {
            suggestion = nil
        }
        if let reason = Self.reasonToLeaveOut(profile, suggestion) {
            self.init(profile, suggestion, leftOut: reason.text, isInvented: reason.isInvented)
            return
        }
        self.init(profile, suggestion, measured: DomainDraft(profile, discovers: discovers))
        // What nobody would write by hand may contradict itself.
        if (try? Schema(json: Array("{\"fields\": [\(json)]}".utf8), name: "draft")) == nil {
            self.init(
                profile, suggestion, leftOut: "no domain fits all of its values", isInvented: false)
        }
    }

    /// A column that is not measured.
    private init(
        _ profile: ColumnProfile, _ suggestion: ColumnClass?, leftOut reason: String,
        isInvented: Bool
    ) {
        self.init(profile, suggestion, fate: .identifier(isMadeUp: false, reason: reason))
        properties.append(("role", "\"identifier\""))
        // What the name alone says needs the name's own mark only.
        if suggestion?.kind != .identifier { unconfirmed.append("role") }
        guard isInvented, profile.valueCount >= Self.leastRecords, let pattern = profile.pattern
        else { return }
        fate = .identifier(isMadeUp: true, reason: reason)
        properties.append(("pattern", Self.quoted(pattern)))
        unconfirmed.append("pattern")
    }

    /// A column that is measured.
    private init(
        _ profile: ColumnProfile, _ suggestion: ColumnClass?, measured kind: DomainDraft
    ) {
        self.init(profile, suggestion, fate: .measured(kind.word))
        switch suggestion?.kind {
        case .quasi: properties.append(("role", "\"quasi\""))
        case .sensitive: properties.append(("role", "\"sensitive\""))
        default: break
        }
        members += kind.members
        domain = kind.domain
        properties += kind.properties
        unconfirmed += ["type"] + kind.unconfirmed
        notes = kind.notes
    }

    private init(_ profile: ColumnProfile, _ suggestion: ColumnClass?, fate: Fate) {
        name = profile.name
        self.suggestion = suggestion
        self.fate = fate
        members = [("name", Self.quoted(profile.name))]
        // A record may have been taken for a header, and members may be named by data.
        unconfirmed = ["name"]
        guard let pointer = profile.pointer else { return }
        properties.append(("pointer", Self.quoted(pointer)))
        unconfirmed.append("pointer")
    }

    /// Why a column is better not measured, and whether it may be made up.
    private static func reasonToLeaveOut(
        _ profile: ColumnProfile, _ suggestion: ColumnClass?
    ) -> (text: String, isInvented: Bool)? {
        if let suggestion, suggestion.kind == .identifier {
            return (suggestion.hipaa ?? "identifier", true)
        }
        // `condition_occurrence_id` is about a condition, and a number of its own all the same.
        if ColumnClass.namesCode(profile.name), profile.texts == nil {
            return ("hipaa.other_unique", true)
        }
        if profile.hasContainers { return ("holds lists", false) }
        if profile.valueCount == 0 { return ("no value in the sample", false) }
        if profile.mailCount * 2 > profile.valueCount { return ("hipaa.email", false) }
        guard let decimals = profile.decimals else {
            guard profile.moments == nil else { return nil }
            if profile.markedNumbers * 2 > profile.valueCount {
                return ("numbers with commas or signs; write them with a decimal point", false)
            }
            guard profile.texts != nil else { return ("too many different values", true) }
            let listed = DomainDraft.listedValues(profile)
            let covered = listed.reduce(0) { $0 + (profile.texts?[$1] ?? 0) }
            return covered * 2 < profile.valueCount || listed.isEmpty
                ? ("mostly rare values", true) : nil
        }
        // Numbers that count the records or name them.
        if decimals == 0, profile.isUnique, profile.valueCount >= 1_000 {
            return ("a different number in every record", true)
        }
        // Beyond what bounds can be rounded in: such numbers name things.
        return DomainDraft.size(profile) > 1e15 ? ("numbers of too many digits", false) : nil
    }

    /// Whether the domain is left to be discovered, and whether categories of it are.
    var discovery: (isAsked: Bool, isOfCategories: Bool) {
        let request = properties.first { $0.0 == "discover" }?.1
        return (request != nil, request?.contains("categories") ?? false)
    }

    /// The field as one line of JSON.
    var json: String {
        var properties = properties
        if !domain.isEmpty { properties.append(("domain", Self.object(domain))) }
        if !unconfirmed.isEmpty {
            properties.append(
                ("unconfirmed", "[\(unconfirmed.map(Self.quoted).joined(separator: ", "))]"))
        }
        var members = members
        if !properties.isEmpty { members.append(("semblance", Self.object(properties))) }
        return Self.object(members)
    }

    static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\(quoted($0.0)): \($0.1)" }.joined(separator: ", ") + "}"
    }

    /// A text as a JSON string, which is one of YAML too.
    ///
    /// Whatever might end a line is escaped, so that in a comment of YAML it stays in it.
    static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        // A string always encodes.
        let json = (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        return json.unicodeScalars.reduce(into: "") { quoted, scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                quoted += String(format: "\\u%04X", scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
    }
}
