// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("A gate that nothing can judge")
struct GateTests {
    @Test(
        "is refused by the plan, by its key, before anything is charged",
        arguments: [
            ("s/^evidence: .*/evidence: off/", "gate.max_2way_tvd: found evidence: off"),
            ("s/min_auc: .*/min_auc: 2/", "gate.min_auc: found more than 1"),
            ("s/, target: denied//", "gate.min_auc: found no evidence.target"),
        ])
    func refused(edit: String, words: String) throws {
        let place = try Workplace("claims")
        try place.shell("sed -i '\(edit)' release.yaml")
        if edit.contains("off") {
            try place.shell(
                "sed -i 's/required: true, min_holdout: 0.05/required: false/' policy.yaml")
            try place.shell("sed -i '/max_attack/d; /max_linkage/d; /min_auc/d' release.yaml")
        }
        let outcome = try place.semblance("plan", "release.yaml")
        #expect(outcome.status == 78 && outcome.errors.contains(words), "\(outcome.errors)")
        #expect(!place.exists("ledger.sqlite"))
    }

    @Test("is refused where linkage is not attacked, as no column is sensitive")
    func linkage() throws {
        let place = try Workplace("claims")
        try place.shell(
            "sed -i 's/\"role\": \"sensitive\"/\"role\": \"attribute\"/' claims.schema.json")
        let outcome = try place.semblance("plan", "release.yaml")
        #expect(outcome.status == 78, "\(outcome.errors)")
        #expect(outcome.errors.contains("gate.max_linkage_risk: linkage is not attacked"))
    }
}
