// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables

@testable import Curation
@_spi(Minting) @testable import Privacy

/// A grant so large that its noise is always zero: σ² is far below 1/1000.
func plenty() -> PrivacyGrant {
    GrantAccount(reserving: PrivacyCost(Rho(Rational(100_000_000)))).mint()
}

func grant(_ numerator: Int, _ denominator: Int) -> PrivacyGrant {
    GrantAccount(
        reserving: PrivacyCost(Rho(Rational(numerator: numerator, denominator: denominator)))
    ).mint()
}

/// A small generator with a seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

let people = """
    {"fields": [
      {"name": "who", "type": "string", "semblance": {"role": "identifier"}},
      {"name": "x", "type": "integer", "constraints": {"required": true},
        "semblance": {"domain": {"minimum": 0, "maximum": 9}}},
      {"name": "y", "type": "string", "constraints": {"enum": ["a", "b"], "required": true}}
    ], "missingValues": [""]}
    """

/// Curates CSV text; the file is gone afterwards.
func curated(
    _ text: String, unit: UnitRule = UnitRule(column: nil, rows: 1),
    holdout: Rational = Rational(0), schema json: String = people,
    key: ShardKey? = nil
) throws -> Curator {
    let path = NSTemporaryDirectory() + "/curate-\(UInt64.random(in: 0...UInt64.max)).csv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let schema = try Schema(json: Array(json.utf8), name: "schema")
    let reader = try TableReader(
        paths: [path], format: .csv, schema: schema, unitColumn: unit.column, badRows: .refuse)
    return try Curator.curate(
        reader, schema: schema, unit: unit, holdout: holdout,
        key: key ?? .random(), options: CurationOptions(temporaryDirectory: NSTemporaryDirectory()))
}

/// Rows `who,x,y`.
func rows(_ values: [(Int, Int, String)]) -> String {
    "who,x,y\n" + values.map { "u\($0.0),\($0.1),\($0.2)\n" }.joined()
}
