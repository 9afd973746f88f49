// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

private let kept = "out/claims-vendor-2026q4.measurements.json"

@Suite("Rows again from kept measurements")
struct SynthesizeTests {
    private let place: Workplace

    /// A release whose table is gone: nothing here may open it.
    init() throws {
        place = try Workplace("claims")
        let released = try place.semblance("release", "-q", "release.yaml")
        #expect(released.status == 0, "\(released.errors)")
        try place.shell(
            "tar xzf out/*.tar.gz && mv claims-vendor-2026q4/data/data.csv released.csv; rm claims.csv.gz"
        )
    }

    private func synthesize(_ arguments: String...) throws -> Outcome {
        try place.semblance(
            ["synthesize", "-q", kept, "--allowed-signers", "keys/allowed_signers"] + arguments)
    }

    private func cells(_ file: String, _ column: String) throws -> [String] {
        let lines = try place.text(file).split(separator: "\n").map {
            $0.replacing(/"[^"]*"/, with: "quoted").split(
                separator: ",", omittingEmptySubsequences: false
            ).map(String.init)
        }
        let index = try #require(lines[0].firstIndex(of: column))
        return lines.dropFirst().map { $0[index] }
    }

    @Test(
        "without options the released table comes again to the byte, with any threads, and is free")
    func again() throws {
        let mark = ["--watermark-key", "keys/watermark.key", "--recipient", "acme-labs"]
        for threads in ["1", "3"] {
            let outcome = try place.semblance(
                ["synthesize", kept, "--allowed-signers", "keys/allowed_signers"] + mark
                    + ["--threads", threads, "--output", "again\(threads).csv"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("spent         nothing"))
            #expect(outcome.output.contains("signed by release@clearwater.example"))
            #expect(try place.shell("cmp released.csv again\(threads).csv").status == 0)
        }
        #expect(try place.charges() == 1)
        let streamed = try place.semblance(
            ["synthesize", kept, "--allowed-signers", "keys/allowed_signers"] + mark)
        #expect(try streamed.output == place.text("released.csv"))
        #expect(streamed.errors.contains("WROTE"))
        let other = try synthesize("--seed", "1", "--rows", "70000", "--format", "jsonl")
        let same = try synthesize("--seed", "1", "--rows", "70000", "--format", "jsonl")
        #expect(other.output == same.output)
        #expect(other.output.split(separator: "\n").count == 70_000)
        #expect(other.output.hasPrefix("{\"claim_id\":"))
    }

    @Test("a stock tool verifies the signature, and a wrong, missing or foreign one is refused")
    func signatures() throws {
        if FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen") {
            let check = try place.shell(
                """
                ssh-keygen -Y verify -f keys/allowed_signers -I release@clearwater.example \
                -n dp-measurements-v1 -s \(kept).sig < \(kept)
                """)
            #expect(check.status == 0, "\(check.errors)")
        }
        func refused(_ edit: String, _ status: Int32, _ words: String) throws {
            try place.shell("cp \(kept) t.json; cp \(kept).sig t.json.sig; \(edit)")
            let outcome = try place.semblance(
                "synthesize", "-q", "t.json", "--allowed-signers", "keys/allowed_signers",
                "--output",
                "never.csv")
            #expect(outcome.status == status, "\(edit)")
            #expect(outcome.errors.contains(words), "\(edit): \(outcome.errors)")
            #expect(!place.exists("never.csv"))
        }
        try refused("sed -i 's/\"seed\":/\"seed\": /' t.json", 65, "it does not belong to t.json")
        try refused("rm t.json.sig", 66, "ssh-keygen -Y sign -n dp-measurements-v1")
        try refused("echo x > t.json.sig", 65, "not an Ed25519 SSH signature")
        try refused(
            "cp claims-vendor-2026q4/SHA256SUMS.sig t.json.sig", 65, "it does not belong to t.json")
        let stranger = try synthesize("--identity", "x@y")
        #expect(stranger.status == 65)
        try place.semblance("key", "new", "--directory", "others", "--identity", "release@other")
        let foreign = try place.semblance(
            "synthesize", "-q", kept, "--allowed-signers", "others/allowed_signers")
        #expect(foreign.status == 65 && foreign.errors.contains("does not name"))
        #expect(try place.semblance("synthesize", kept).status == 64)
        // Unsigned, versions and parts are checked still.
        try place.shell("sed 's/measurements-[0-9]*/measurements-1/' \(kept) > old.json")
        let old = try place.semblance("synthesize", "-q", "old.json", "--unsigned")
        #expect(old.status == 65 && old.errors.contains("of an older semblance"), "\(old.errors)")
        try place.shell("sed 's/Cardiology/Cardiologx/' \(kept) > other.json")
        let other = try place.semblance("synthesize", "-q", "other.json", "--unsigned")
        #expect(other.status == 65 && other.errors.contains("schema"), "\(other.errors)")
        #expect(
            try place.semblance("synthesize", "-q", kept, "--unsigned", "--rows", "1").status == 0)
    }

    @Test("every row meets the condition, and a rare one is warned of")
    func conditions() throws {
        let women = try synthesize(
            "--where", "sex=F,birth_year<1965", "--rows", "3000", "--output", "women.csv")
        #expect(women.status == 0, "\(women.errors)")
        #expect(women.output.contains("of the population, noise"))
        #expect(try Set(cells("women.csv", "sex")) == ["F"])
        #expect(try cells("women.csv", "birth_year").allSatisfy { $0.isEmpty || $0 < "1965" })
        #expect(try cells("women.csv", "sex").count == 3000)
        let rare = try synthesize(
            "--where", "diagnosis=Substance use,zip3=981,plan=HDHP,birth_year<1935", "--rows", "1",
            "--output", "rare.csv")
        #expect(rare.output.contains("WARNING"), "\(rare.output)\(rare.errors)")
        for (condition, words) in [
            ("wage>3", "no such column: found 'wage'"), ("sex=F,sex=M", "contradictory condition"),
            ("birth_year>1990", "bound inside a bin"), ("sex", "condition not understood"),
        ] {
            let outcome = try synthesize("--where", condition)
            #expect(outcome.status == 64, "\(condition)")
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
        }
    }

    @Test("a balanced table has every value equally often, or in the shares asked for")
    func balanced() throws {
        let equal = try synthesize(
            "--balance", "denied", "--rows", "2001", "--where", "sex=M", "--output", "equal.csv")
        #expect(equal.status == 0, "\(equal.errors)")
        let denied = try cells("equal.csv", "denied")
        #expect(abs(denied.count { $0 == "Y" } - denied.count { $0 == "N" }) == 1)
        #expect(try Set(cells("equal.csv", "sex")) == ["M"])
        #expect(equal.output.contains("balanced      denied=true: 100"))
        let stated = try synthesize(
            "--balance", "denied=Y:0.25,N:0.75", "--rows", "100000", "--output", "stated.csv")
        #expect(stated.status == 0, "\(stated.errors)")
        #expect(try cells("stated.csv", "denied").count { $0 == "Y" } == 25_000)
        for (balance, words) in [
            ("denied=Y:0.5", "found a sum of 0.5"), ("wage", "no such column"),
            ("denied=X:1", "no such value"), ("denied=Y:0.5,Y:0.5", "found 'Y' again"),
        ] {
            let outcome = try synthesize("--balance", balance)
            #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.errors)")
        }
        let excluded = try synthesize("--balance", "sex", "--where", "sex=F")
        #expect(excluded.status == 64 && excluded.errors.contains("it excludes sex=M"))
    }

    @Test(
        "a full disk, a file that is there and too many identifiers are refused, and nothing is left"
    )
    func outputs() throws {
        let full = try synthesize("--output", "/dev/full")
        #expect(full.status == 74 && full.errors.contains("disk full"), "\(full.errors)")
        #expect(try synthesize("--output", "released.csv").status == 73)
        #expect(try synthesize("--output", "nowhere/x.csv").status == 73)
        let many = try synthesize("--rows", "10000001", "--output", "many.csv")
        #expect(many.status == 64 && many.errors.contains("claim_id"), "\(many.errors)")
        #expect(!place.exists("many.csv") && !place.exists("many.csv.partial"))
        let one = try synthesize("--rows", "1")
        #expect(one.output.split(separator: "\n").count == 2)
        #expect(try synthesize("--rows", "0").status == 64)
        #expect(try synthesize("--rows", "1000000", "--output", "/dev/null").status == 0)
    }
}
