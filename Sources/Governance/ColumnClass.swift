// SPDX-License-Identifier: Apache-2.0

/// What a column probably is to the person behind a record, judged by its name.
///
/// A suggestion for the person who writes the schema, who decides.
public struct ColumnClass: Sendable, Equatable {
    /// What follows for the schema.
    public enum Kind: Sendable, Equatable {
        /// Points at one person; one of the 18 identifiers of the HIPAA Safe Harbor.
        case identifier
        /// Known to others, so that several of them together may single a person out.
        case quasi
        /// What an adversary wants to learn.
        case sensitive
    }

    /// What follows for the schema.
    public let kind: Kind
    /// The item of 45 CFR 164.514(b)(2)(i), such as `hipaa.names`; nil where none applies.
    public let hipaa: String?

    private init(_ kind: Kind, _ hipaa: String? = nil) {
        self.kind = kind
        self.hipaa = hipaa
    }

    /// Judges a name.
    ///
    /// - Parameter name: The column's name, in any style: `dateOfBirth`, `DATE_OF_BIRTH`, `date of birth`.
    /// - Returns: Nil where the name says nothing.
    public init?(columnName name: String) {
        let words = Self.words(name)
        let whole = words.joined(separator: " ")
        for (phrases, found) in Self.rules
        where phrases.contains(where: { Self.contains(whole, $0) }) {
            self = found
            return
        }
        // Of a thing, such as a drug, a name is no identifier.
        if ["name", "first", "last"].contains(whole) {
            self = ColumnClass(.identifier, "hipaa.names")
            return
        }
        // `patient_id`, `claim no`: some unique number of somebody or something.
        let isNumbered =
            words.last.map {
                Self.codes.contains($0) || (words.count > 1 && Self.numbers.contains($0))
            } ?? false
        guard isNumbered || Self.namesUnit(name) else { return nil }
        self = ColumnClass(.identifier, "hipaa.other_unique")
    }

    /// Whether a column's name says that it names the person a record is about.
    public static func namesUnit(_ name: String) -> Bool {
        let words = Self.words(name)
        let people: Set<String> = [
            "patient", "person", "member", "customer", "cust", "client", "user", "subject",
            "employee",
            "student", "beneficiary", "subscriber", "participant", "respondent", "donor", "card",
            "account", "household",
        ]
        guard let last = words.last else { return false }
        if codes.contains(last) || numbers.contains(last) {
            return words.dropLast().contains(where: people.contains)
        }
        // `custid`, `memberno`.
        return (codes + numbers).contains { ending in
            last.hasSuffix(ending) && people.contains(String(last.dropLast(ending.count)))
        }
    }

    /// Whether a column's name says that its values are codes or numbers of things, not amounts.
    public static func namesCode(_ name: String) -> Bool {
        words(name).last.map { (codes + ["code", "cd"]).contains($0) } ?? false
    }

    /// Endings of the names of codes, and of numbers that name something behind another word.
    private static let codes = ["id", "uuid", "guid"]
    private static let numbers = ["no", "nr", "num", "number", "key"]

    /// Phrases and what a name with one of them is; the first rule that fits counts.
    private static let rules: [([String], ColumnClass)] = [
        (
            ["email", "e mail", "mail address", "emailaddress"],
            ColumnClass(.identifier, "hipaa.email")
        ),
        (["fax"], ColumnClass(.identifier, "hipaa.fax")),
        (
            ["phone", "telephone", "mobile", "cell number", "msisdn", "phonenumber"],
            ColumnClass(.identifier, "hipaa.telephone")
        ),
        (["ssn", "social security"], ColumnClass(.identifier, "hipaa.ssn")),
        (["mrn", "medical record"], ColumnClass(.identifier, "hipaa.mrn")),
        (
            ["member id", "member number", "policy number", "beneficiary id", "health plan id"],
            ColumnClass(.identifier, "hipaa.health_plan")
        ),
        (
            [
                "account number", "account id", "account no", "iban", "card number", "cc num",
                "credit card", "acct num", "acct",
            ],
            ColumnClass(.identifier, "hipaa.account")
        ),
        (
            ["license", "licence", "certificate", "passport", "driver id"],
            ColumnClass(.identifier, "hipaa.certificate_license")
        ),
        (["vin", "plate", "vehicle id"], ColumnClass(.identifier, "hipaa.vehicle")),
        (
            ["imei", "device id", "serial number", "mac address"],
            ColumnClass(.identifier, "hipaa.device")
        ),
        (["url", "website", "homepage"], ColumnClass(.identifier, "hipaa.url")),
        (["ip", "ip address", "ipaddr", "ipaddress"], ColumnClass(.identifier, "hipaa.ip")),
        (
            ["fingerprint", "voiceprint", "retina", "biometric"],
            ColumnClass(.identifier, "hipaa.biometric")
        ),
        (["photo", "photograph", "portrait"], ColumnClass(.identifier, "hipaa.face_photo")),
        (
            [
                "first name", "last name", "full name", "middle name", "given name", "family name",
                "patient name", "customer name", "client name", "member name", "person name",
                "employee name", "user name", "username", "surname", "forename", "firstname",
                "lastname", "fullname", "maiden",
            ],
            ColumnClass(.identifier, "hipaa.names")
        ),
        (
            ["street", "address", "addr", "house number"], ColumnClass(.identifier, "hipaa.geo")
        ),
        (
            [
                "zip", "zip3", "zip5", "zipcode", "postcode", "postal", "city", "town", "county",
                "lat",
                "latitude", "lon", "lng", "longitude", "geo", "tract", "puma", "municipality",
                "place of birth", "birthplace",
            ],
            ColumnClass(.quasi, "hipaa.geo")
        ),
        (
            [
                "birth", "dob", "birthday", "birthdate", "age", "admission", "discharge", "death",
                "deceased", "admit",
            ],
            ColumnClass(.quasi, "hipaa.dates_ages")
        ),
        (
            [
                "sex", "gender", "race", "ethnicity", "ethnic", "nationality", "marital",
                "education",
                "occupation", "job", "profession", "language", "country", "state", "region",
                "relationship", "native", "citizenship", "household size", "employer",
            ],
            ColumnClass(.quasi)
        ),
        (
            [
                "diagnosis", "diagnoses", "diag", "icd", "icd10", "condition", "disease", "drug",
                "medication", "prescription", "procedure", "income", "salary", "wage", "religion",
                "party", "union", "sexual", "orientation", "hiv", "disability", "mental", "fraud",
                "criminal", "conviction", "denied", "balance", "debt", "credit score",
            ],
            ColumnClass(.sensitive)
        ),
    ]

    /// Whether a phrase occurs in a text, whole words only.
    private static func contains(_ text: String, _ phrase: String) -> Bool {
        (" " + text + " ").contains(" " + phrase + " ")
    }

    /// The words of a name, in lower case: `dateOfBirth`, `DATE_OF_BIRTH` and `DateOfBirth` have three,
    /// `IPAddress` has two, `zip3` one.
    static func words(_ name: String) -> [String] {
        var words: [String] = []
        var word = ""
        let characters = Array(name)
        for (index, character) in characters.enumerated() {
            let isWord = character.isLetter || character.isNumber
            let before = index > 0 ? characters[index - 1] : " "
            let after = index + 1 < characters.count ? characters[index + 1] : " "
            // A capital begins a word behind a small letter, and before one: the last of an acronym's.
            let begins = character.isUppercase && (before.isLowercase || after.isLowercase)
            if !isWord || begins, !word.isEmpty {
                words.append(word)
                word = ""
            }
            if isWord { word += character.lowercased() }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
