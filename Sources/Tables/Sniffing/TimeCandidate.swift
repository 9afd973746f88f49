// SPDX-License-Identifier: Apache-2.0

/// A date or time format that a column may have.
struct TimeCandidate: Sendable {
    let type: FieldType
    let format: TimeFormat

    /// Formats in the order in which one is preferred where several fit.
    static let all: [TimeCandidate] = {
        let days = [
            "%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
        ]
        let clocks = ["%H:%M:%S", "%H:%M"]
        var all: [(FieldType, String)] = days.map { (.date, $0) }
        all += [(.datetime, "default"), (.datetime, "%Y-%m-%dT%H:%M")]
        all += days.flatMap { day in clocks.map { (.datetime, "\(day) \($0)") } }
        all += clocks.map { (.time, $0) }
        return all.compactMap { type, pattern in
            (try? TimeFormat(pattern, type: type)).map { TimeCandidate(type: type, format: $0) }
        }
    }()
}

extension TimeFormat {
    /// Whether a text follows the format.
    func parses(_ text: [UInt8]) -> Bool {
        parse(text.span, from: 0, to: text.count) != Self.invalid
    }
}
