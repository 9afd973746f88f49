// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Governance

@Suite("The class of a column")
struct ColumnClassTests {
    @Test(
        "is judged by its name, in any style",
        arguments: [
            ("email", ColumnClass.Kind.identifier, "hipaa.email"),
            ("EMAIL_ADDRESS", .identifier, "hipaa.email"),
            ("patientName", .identifier, "hipaa.names"), ("last", .identifier, "hipaa.names"),
            ("home phone", .identifier, "hipaa.telephone"), ("SSN", .identifier, "hipaa.ssn"),
            ("member_id", .identifier, "hipaa.health_plan"),
            ("cc_num", .identifier, "hipaa.account"),
            ("street", .identifier, "hipaa.geo"), ("ip_address", .identifier, "hipaa.ip"),
            ("claim_id", .identifier, "hipaa.other_unique"),
            ("order number", .identifier, "hipaa.other_unique"),
            ("zip3", .quasi, "hipaa.geo"), ("dateOfBirth", .quasi, "hipaa.dates_ages"),
            ("DOB", .quasi, "hipaa.dates_ages"), ("gender", .quasi, nil),
            ("diagnosis_1", .sensitive, nil), ("income", .sensitive, nil),
            ("IPAddress", .identifier, "hipaa.ip"), ("DOBDate", .quasi, "hipaa.dates_ages"),
            ("ICD10Code", .sensitive, nil), ("phonenumber", .identifier, "hipaa.telephone"),
            ("custid", .identifier, "hipaa.other_unique"),
        ] as [(String, ColumnClass.Kind, String?)])
    func judged(name: String, kind: ColumnClass.Kind, hipaa: String?) throws {
        let found = try #require(ColumnClass(columnName: name))
        #expect(found.kind == kind && found.hipaa == hipaa)
    }

    @Test(
        "is none where the name says nothing",
        arguments: [
            "amount", "brand_name", "merchant name", "identity", "number", "x", "", "lasting",
        ])
    func silent(name: String) { #expect(ColumnClass(columnName: name) == nil) }

    @Test("finds the person behind a record")
    func units() {
        #expect(ColumnClass.namesUnit("PERSON_ID") && ColumnClass.namesUnit("customerKey"))
        #expect(ColumnClass.namesUnit("custid") && ColumnClass.namesUnit("memberno"))
        #expect(!ColumnClass.namesUnit("claim_id") && !ColumnClass.namesUnit("person"))
    }
}
