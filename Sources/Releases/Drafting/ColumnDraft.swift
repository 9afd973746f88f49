// SPDX-License-Identifier: Apache-2.0

import Foundation
import Governance
import Tables

/// The draft of one field of a schema, from what a sample has in its column.
struct ColumnDraft {
    /// What becomes of the column.
    enum Fate: Equatable {
        /// It is never measured; with a pattern it is made up.
        case identifier(pattern: String?, reason: String)
        /// It is measured; a word for its domain.
        case measured(String)
    }

    let name: String
    let fate: Fate
    let suggestion: ColumnClass?
    /// What of the field was taken from the table.
    private(set) var unconfirmed: [String] = []
    /// What the person who confirms should know.
    private(set) var notes: [String] = []
    /// Members of the field's JSON object, as JSON texts.
    private var members: [(String, String)] = []
    private var properties: [(String, String)] = []
    private var domain: [(String, String)] = []

    /// Values of a text column that a domain may list.
    static let mostValues = 100
    /// Records that a value must have to be listed: rarer ones may be about one person.
    static let leastRecords = 10

    /// Drafts a field.
    ///
    /// - Parameter profile: What a sample has in the column.
    init(_ profile: ColumnProfile) {
        name = profile.name
        var suggestion = ColumnClass(columnName: profile.name)
        // `educational_num` has few values: it numbers classes, not persons.
        if suggestion?.hipaa == "hipaa.other_unique", let texts = profile.texts,
            texts.count <= Self.mostValues, texts.count * 10 < profile.valueCount
        {
            suggestion = nil
        }
        self.suggestion = suggestion
        members = [("name", Self.quoted(profile.name))]
        if let pointer = profile.pointer { properties.append(("pointer", Self.quoted(pointer))) }

        if let reason = Self.reasonToLeaveOut(profile, suggestion) {
            let pattern = reason.isInvented ? profile.pattern : nil
            fate = .identifier(pattern: pattern, reason: reason.text)
            properties.append(("role", "\"identifier\""))
            // What the name alone says is public.
            if suggestion?.kind != .identifier { unconfirmed.append("role") }
            if let pattern {
                properties.append(("pattern", Self.quoted(pattern)))
                unconfirmed.append("pattern")
            }
            return
        }
        let kind = DomainDraft(profile)
        fate = .measured(kind.word)
        members += kind.members
        domain = kind.domain
        properties += kind.properties
        unconfirmed = ["type"] + kind.unconfirmed
        notes = kind.notes
        switch suggestion?.kind {
        case .quasi: properties.insert(("role", "\"quasi\""), at: 0)
        case .sensitive: properties.insert(("role", "\"sensitive\""), at: 0)
        default: break
        }
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
        let isPlain = profile.decimals == nil && profile.moments == nil
        if isPlain {
            let listed = DomainDraft.listedValues(profile)
            guard profile.texts != nil, !listed.isEmpty else { return ("free text", true) }
            let covered = listed.reduce(0) { $0 + (profile.texts?[$1] ?? 0) }
            if covered * 2 < profile.valueCount { return ("mostly rare values", true) }
        }
        // Numbers that count the records or name them.
        if profile.decimals == 0, profile.isUnique, profile.valueCount >= 1_000 {
            return ("a different number in every record", true)
        }
        return nil
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

    /// A JSON string.
    static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        // A string always encodes.
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
