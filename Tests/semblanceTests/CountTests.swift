// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@Suite("Counting shards")
struct CountTests {
    private static let key = ["SEMBLANCE_SHARD_KEY": "00112233445566778899aabbccddeeff"]

    /// Two shards by the last digit of the member, each with the header.
    private func split(_ place: Workplace) throws {
        let made = try place.shell(
            """
            set -e; gunzip -k claims.csv.gz; mkdir shards
            column=$(head -1 claims.csv | tr , '\\n' | grep -n '^member_id$' | cut -d: -f1)
            for shard in 0 1; do
              awk -F, -v c=$column -v s=$shard 'NR==1 || substr($c, length($c)) % 2 == s' claims.csv \
                > part-$shard.csv
            done
            """)
        try #require(made.status == 0, "\(made.errors)")
    }

    private func count(_ place: Workplace, _ more: String...) throws -> Outcome {
        try run(
            binary, ["count", "release.yaml", "--quiet"] + more, in: place.path,
            environment: Self.key)
    }

    @Test("then releasing from them gives a signed archive, evidence and all")
    func release() throws {
        let place = try Workplace("claims")
        try split(place)
        for shard in 0..<2 {
            let done = try count(
                place, "--input", "part-\(shard).csv", "--shard", "\(shard)/2", "--output",
                "shards/\(shard).tally")
            #expect(done.status == 0, "\(done.errors)")
        }
        // Whoever has the shards answers every query with a pass over each.
        let script = """
            answer() {
              for query in 1 2 3 4 5 6; do
                until [ -e asked/query-$query.json ]; do sleep 0.05; done
                mkdir asked/query-$query
                for shard in 0 1; do
                  "\(binary)" count release.yaml --quiet --input part-$shard.csv --shard $shard/2 \
                    --query asked/query-$query.json --output asked/query-$query/$shard.tally \
                    || touch asked/query-$query.failed
                done
                touch asked/query-$query.done
              done
            }
            answer >/dev/null 2>&1 &
            "\(binary)" release release.yaml --counts 'shards/*.tally' --queries asked
            status=$?
            # Blocked signals are inherited; this one cannot be.
            kill -KILL $!
            exit $status
            """
        let outcome = try run(
            "/bin/bash", ["-c", script], in: place.path, environment: Self.key)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("RELEASED"))
        let verified = try place.semblance(
            "verify", "out/claims-vendor-2026q4.tar.gz", "--allowed-signers",
            "keys/allowed_signers")
        #expect(verified.status == 0)
        // The audit says that shards were counted, how many, and how their units were kept apart.
        let audit = try place.shell(
            "tar xzOf out/claims-vendor-2026q4.tar.gz claims-vendor-2026q4/audit/audit.json")
        #expect(audit.output.contains("\"shards\" : 2"))
        #expect(audit.output.contains("no member_id is in two of them was checked by a sample"))
    }

    @Test("to answer a query plans no marginals, which may be too many")
    func queryAlone() throws {
        let place = try Workplace("claims")
        let columns = (0..<20).map {
            "{\"name\": \"c\($0)\", \"type\": \"integer\", \"semblance\": "
                + "{\"domain\": {\"minimum\": 0, \"maximum\": 979, \"bins\": 980}}}"
        }
        try """
        {"missingValues": [""], "fields": [
          {"name": "member_id", "type": "string", "semblance": {"role": "identifier"}},
          \(columns.joined(separator: ",\n"))]}
        """.write(
            toFile: place.path + "/claims.schema.json", atomically: true, encoding: .utf8)
        let names = (0..<20).map { "c\($0)" }.joined(separator: ",")
        let row = (0..<20).map { String($0) }.joined(separator: ",")
        try "member_id,\(names)\nM1,\(row)\nM2,\(row)\n".write(
            toFile: place.path + "/wide.csv", atomically: true, encoding: .utf8)
        try #"{"score":{"_0":{"terms":[],"thresholds":[0]}}}"#.write(
            toFile: place.path + "/query.json", atomically: true, encoding: .utf8)
        try place.shell(
            "sed -i 's/, target: denied//; /^gate:/,/max_linkage/d' release.yaml")
        let marginals = try count(place, "--input", "wide.csv", "--output", "x")
        #expect(marginals.status == 78)
        #expect(marginals.errors.contains("too many cells to count"), "\(marginals.errors)")
        let query = try count(
            place, "--input", "wide.csv", "--output", "x", "--query", "query.json")
        #expect(query.status == 0, "\(query.errors)")
    }

    @Test("on Spark takes further cliques, of which queries know nothing")
    func sparkCliques() throws {
        let place = try Workplace("claims")
        let check = """
            import os, sys, types
            pyspark = types.ModuleType("pyspark")
            pyspark.SparkFiles = types.SimpleNamespace(getRootDirectory=os.getcwd)
            sys.modules["pyspark"] = pyspark
            job = types.ModuleType("job")
            exec(open("job.py").read(), job.__dict__)
            sys.argv = ["job.py", "release.yaml", "--table", "t", "--clique", "a,b", "--clique", "c"]
            options = job.arguments()
            for query in (None, b"{}"):
                list(job.counter("bundle", ["a"], 1, "k", options.clique, query)(0, [["1"]]))
            """
        try check.write(
            toFile: place.path + "/check.py", atomically: true, encoding: .utf8)
        let done = try place.shell(
            #"""
            command -v python3 > /dev/null || exit 99
            set -e
            "\#(binary)" spark-job > job.py
            mkdir bundle
            cat > bundle/semblance <<'END'
            #!/bin/sh
            echo "$@" >> log
            cat > /dev/null
            while [ $# -gt 0 ]; do [ "$1" != --output ] || echo tally > "$2"; shift; done
            END
            chmod +x bundle/semblance
            python3 check.py
            """#)
        guard done.status != 99 else { return }
        #expect(done.status == 0, "\(done.errors)")
        let calls = try place.text("log").split(separator: "\n")
        try #require(calls.count == 2)
        #expect(calls[0].contains("--clique=a,b --clique=c") && !calls[0].contains("--query"))
        #expect(!calls[1].contains("--clique") && calls[1].contains("--query"))
    }

    @Test("is refused where shards would not add up, and charges nothing")
    func refused() throws {
        let place = try Workplace("claims")
        try split(place)
        let noKey = try place.semblance(
            "count", "release.yaml", "--input", "part-0.csv", "--shard", "0/2", "--output", "x")
        #expect(noKey.status == 64)
        _ = try count(
            place, "--input", "part-0.csv", "--shard", "0/2", "--output", "shards/0.tally")
        let missing = try place.semblance(
            "release", "release.yaml", "--counts", "shards", "--queries", "asked")
        #expect(missing.status == 65)
        #expect(missing.errors.contains("missing: shards/0.tally: found 1 of its run's 2 shards"))
        #expect(missing.errors.contains("missing 1; count those"))
        let table = try place.semblance(
            "release", "release.yaml", "--counts", "part-0.csv", "--queries", "other")
        #expect(table.status == 65)
        #expect(table.errors.contains("not a tally"))
        let unasked = try place.semblance("release", "release.yaml", "--counts", "shards")
        #expect(unasked.status == 64)
        let edit = "s/column: member_id, rows: 4/rows: 1/"
        let noUnit = try place.shell("sed -i '\(edit)' release.yaml")
        #expect(noUnit.status == 0)
        let unstable = try count(place, "--input", "part-0.csv", "--output", "y")
        #expect(unstable.status == 78)
        #expect(unstable.errors.contains("unit.column"))
        #expect(!FileManager.default.fileExists(atPath: place.path + "/ledger.sqlite"))
    }

    @Test("takes further cliques by name, of any size, and refuses names that it cannot count")
    func cliques() throws {
        let place = try Workplace("claims")
        try split(place)
        let huge = "zip3,birth_year,plan,diagnosis,billed,paid,service_date,specialty,sex"
        for shard in 0..<2 {
            let done = try count(
                place, "--input", "part-\(shard).csv", "--shard", "\(shard)/2", "--output",
                "shards/\(shard).tally", "--clique", "denied", "--clique", huge)
            #expect(done.status == 0, "\(done.errors)")
            // Ten columns, their 45 pairs and one more: 'denied' is counted already.
            #expect(done.output.contains("Counted 56 marginals"))
        }
        for (clique, word) in [
            ("age,sex", "no such column: --clique age,sex: found 'age', expected names out of"),
            ("sex,member_id", "identifier: --clique sex,member_id: 'member_id' is never counted"),
            ("sex,plan,sex", "column twice: --clique sex,plan,sex: found 'sex' again"),
            ("", "no such column"), ("sex,", "no such column"),
        ] {
            // The input does not exist: names are checked before anything is read.
            let refused = try count(
                place, "--input", "nowhere.csv", "--output", "x", "--clique", clique)
            #expect(refused.status == 64)
            #expect(refused.errors.contains(word), "\(refused.errors)")
        }
        _ = try count(
            place, "--input", "part-1.csv", "--shard", "1/2", "--output", "shards/1.tally")
        let lacking = try place.semblance(
            "release", "release.yaml", "--counts", "shards", "--queries", "asked")
        #expect(lacking.status == 65)
        #expect(lacking.errors.contains("other marginals: shards/1.tally: found no tally of"))
        #expect(lacking.errors.contains("--clique"))
        for shard in 0..<2 {
            _ = try count(
                place, "--input", "part-\(shard).csv", "--shard", "\(shard)/2", "--output",
                "shards/\(shard).tally", "--ways", "1")
        }
        let narrow = try place.semblance(
            "release", "release.yaml", "--counts", "shards", "--queries", "questions")
        #expect(narrow.status == 65)
        #expect(narrow.errors.contains("not counted: the marginal of birth_year, sex"))
        #expect(!place.exists("ledger.sqlite"))
    }

    @Test("is refused where a table was divided by record and not by unit")
    func dividedByRecord() throws {
        let place = try Workplace("claims")
        let made = try place.shell(
            """
            set -e; gunzip -k claims.csv.gz; mkdir shards
            for shard in 0 1; do
              awk -v s=$shard 'NR==1 || NR % 2 == s' claims.csv > part-$shard.csv
            done
            """)
        try #require(made.status == 0, "\(made.errors)")
        for shard in 0..<2 {
            _ = try count(
                place, "--input", "part-\(shard).csv", "--shard", "\(shard)/2", "--output",
                "shards/\(shard).tally")
        }
        let refused = try place.semblance(
            "release", "release.yaml", "--counts", "shards", "--queries", "asked")
        #expect(refused.status == 65)
        #expect(
            refused.errors.contains(
                "a unit is in two shards: shards/0.tally and shards/1.tally"))
        #expect(!place.exists("ledger.sqlite"))
    }

    @Test("stops on SIGINT and SIGTERM with nothing left behind", arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) throws {
        let place = try Workplace("claims")
        // A table that does not end: the reading is under way whenever the signal comes.
        let name = signal == SIGINT ? "INT" : "TERM"
        let outcome = try place.shell(
            """
            gunzip -k claims.csv.gz
            ( cat claims.csv; while tail -n +2 claims.csv; do :; done ) 2>/dev/null \
              | timeout -k 5 -s \(name) 2 "\(binary)" count release.yaml --input - --output x.tally --quiet
            echo "${PIPESTATUS[1]}"
            """)
        #expect(outcome.errors.contains("interrupted: nothing was written"))
        #expect(
            try !FileManager.default.contentsOfDirectory(atPath: place.path).contains {
                $0.hasPrefix("x.tally")
            })
    }
}
