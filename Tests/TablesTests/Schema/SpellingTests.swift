// SPDX-License-Identifier: Apache-2.0

import Tables
import Testing

@Suite("Spelling")
struct SpellingTests {
    private let known = ["privacy", "policy", "source", "unit", "gate", "min", "categories"]

    @Test(
        "finds the word that was meant: a letter left out, put in, changed or exchanged",
        arguments: [
            ("privcy", "privacy"), ("privaccy", "privacy"), ("privasy", "privacy"),
            ("pirvacy", "privacy"), ("Privacy", "privacy"), ("plicy", "policy"),
            ("units", "unit"), ("gaet", "gate"), ("catgoris", "categories"),
        ])
    func near(written: String, meant: String) {
        #expect(Spelling.nearest(to: written, among: known) == meant)
        #expect(Spelling.advice(for: written, among: known) == "; did you mean \(meant)?")
    }

    @Test(
        "says nothing where no word is near, or the word is known",
        arguments: ["privacy", "title", "", "mx", "union", String(repeating: "privacy", count: 50)])
    func far(written: String) {
        #expect(Spelling.nearest(to: written, among: known) == nil)
        #expect(Spelling.advice(for: written, among: known).isEmpty)
    }
}
