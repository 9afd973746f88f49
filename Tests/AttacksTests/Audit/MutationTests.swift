// SPDX-License-Identifier: Apache-2.0

#if MUTANTS
    import Foundation
    import Privacy
    import Synthesis
    import Testing

    @testable import Attacks

    /// Faults put in on purpose, which the audits have to notice; without the fault the same audit is content (with a
    /// false alarm of 1e-6 at most).
    @Suite("Faults that an audit must notice")
    struct MutationTests {
        /// The names of what is rejected.
        private func rejected(
            _ mutation: Mutation?, _ audit: () throws -> [AuditFinding]
        ) rethrows -> Set<String> {
            let findings = try Mutation.$inProcess.withValue(mutation) { try audit() }
            return Set(findings.filter(\.isRejected).map(\.name))
        }

        private func mechanisms() throws -> [AuditFinding] {
            try MechanismAudit.run(
                ["marginal", "distances", "errors", "scores", "guesses", "count", "choice"],
                runs: 3000, rho: half, falseAlarm: 1e-6, temporaryDirectory: NSTemporaryDirectory())
        }

        private func wholeRuns() throws -> [AuditFinding] { try wholeRuns(1000) }

        /// As many as narrow noise takes to be sure of.
        private func manyRuns() throws -> [AuditFinding] { try wholeRuns(4000) }

        private func wholeRuns(_ runs: Int) throws -> [AuditFinding] {
            let worlds = try CanaryWorlds(
                sizes: [4, 3], unitRows: 3, temporaryDirectory: NSTemporaryDirectory())
            let rho = Rho(1)
            return try CanaryAudit(method: .mst, rho: rho, view: .measurements).findings(
                in: worlds, runs: runs, claims: [.zeroConcentrated(PrivacyCost(rho))],
                falseAlarm: 1e-6)
        }

        @Test("without a fault nothing is rejected")
        func none() throws {
            #expect(try rejected(nil, mechanisms).isEmpty)
            #expect(try rejected(nil, manyRuns).isEmpty)
        }

        @Test("noise of half the width is noticed wherever it is Gaussian")
        func halvedSigma() throws {
            let found = try rejected(.halvedSigma, mechanisms)
            #expect(
                found == Set(MechanismExperiment.gaussian.map(\.name)), "\(found.sorted())")
            #expect(try rejected(.halvedSigma, manyRuns).contains("all measurements"))
        }

        @Test(
            "units that are counted once a record, and their noise of half the width, are noticed, as the charge is for one count whatever the cap"
        )
        func unitSizes() throws {
            func units() throws -> [AuditFinding] {
                try MechanismAudit.run(
                    ["records per unit"], runs: 3000, rho: half, falseAlarm: 1e-6,
                    temporaryDirectory: NSTemporaryDirectory())
            }
            #expect(try rejected(nil, units).isEmpty)
            for mutation in [Mutation.weightedUnits, .halvedSigma] {
                #expect(
                    try rejected(mutation, units) == [MechanismExperiment.unitSizes.name],
                    "\(mutation)")
            }
        }

        @Test("a sensitivity that forgets how many records a unit has is noticed")
        func forgottenRows() throws {
            #expect(!(try rejected(.forgottenRows, mechanisms)).isEmpty)
            #expect(try rejected(.forgottenRows, wholeRuns).contains("all measurements"))
        }

        @Test("a cap on the records of a unit that does not hold is noticed")
        func unboundedUnits() throws {
            let found = try rejected(.unboundedUnits, mechanisms)
            #expect(found.isSuperset(of: MechanismExperiment.gaussian.map(\.name)))
            #expect(try rejected(.unboundedUnits, wholeRuns).contains("all measurements"))
        }

        @Test(
            "a threshold that is one too low is noticed, where names are found out and nowhere else"
        )
        func loweredThreshold() throws {
            func names() throws -> [AuditFinding] {
                try MechanismAudit.run(
                    ["names", "marginal"], runs: 4000, rho: half, falseAlarm: 1e-6,
                    temporaryDirectory: NSTemporaryDirectory())
            }
            #expect(try rejected(nil, names).isEmpty)
            #expect(
                try rejected(.loweredThreshold, names) == [MechanismExperiment.naming.name])
        }

        private func discovery(_ mutation: Mutation?, _ name: String) throws -> Set<String> {
            try rejected(mutation) {
                try MechanismAudit.run(
                    ["discovery of " + name], runs: 3000, unitRows: 4, rho: half,
                    falseAlarm: 1e-6, temporaryDirectory: NSTemporaryDirectory())
            }
        }

        @Test("faults of discovery are noticed on its way through the curator, each where it is")
        func discoveryFaults() throws {
            #expect(try discovery(nil, "ranges").isEmpty)
            let low = try discovery(.loweredThreshold, "numbers")
            #expect(low.contains("discovery of numbers, one new category"), "\(low)")
            // All that δ pays for is in order then.
            let atThreshold: Set = ["discovery of texts, a category at the threshold"]
            #expect(try discovery(.exactNames, "texts") == atThreshold)
            #expect(try discovery(.unboundedUnits, "texts").isSuperset(of: atThreshold))
            for mutation in [Mutation.unboundedUnits, .halvedSigma] {
                #expect(try discovery(mutation, "ranges") == ["discovery of ranges"])
            }
        }

        @Test("queries without noise of their own are noticed in a sequence, as in no single one")
        func bareQueries() throws {
            func comparisons() throws -> [AuditFinding] {
                try MechanismAudit.run(
                    ["comparison"], runs: 3000, rho: half, falseAlarm: 1e-6,
                    temporaryDirectory: NSTemporaryDirectory())
            }
            #expect(try rejected(nil, comparisons).isEmpty)
            #expect(
                try rejected(.bareQueries, comparisons) == [MechanismExperiment.comparisons.name])
        }

        @Test("a unit that is in both parts is noticed, as the parts cost as much as one")
        func overlappingParts() throws {
            func parts() throws -> [AuditFinding] {
                try MechanismAudit.run(
                    ["parts"], runs: 40_000, rho: half, falseAlarm: 1e-6,
                    temporaryDirectory: NSTemporaryDirectory())
            }
            #expect(try rejected(nil, parts).isEmpty)
            let found = try rejected(.overlappingParts, parts)
            #expect(found.contains("parts, unit in holdout"), "\(found.sorted())")
        }

        @Test("one marginal without noise is noticed among others with noise")
        func bareMarginal() throws {
            #expect(try rejected(.bareMarginal, wholeRuns).contains("column 0"))
        }

        @Test("a domain that is read off the records is noticed")
        func observedDomain() throws {
            let found = try rejected(.observedDomain) {
                let worlds = try CanaryWorlds(
                    sizes: [4, 3], unitRows: 3, temporaryDirectory: NSTemporaryDirectory())
                return try CanaryAudit(method: .independent, rho: Rho(1), view: .measurements)
                    .findings(
                        in: worlds, runs: 200, claims: [.zeroConcentrated(PrivacyCost(Rho(1)))],
                        falseAlarm: 1e-6)
            }
            #expect(found.contains("number of cells"))
        }

        @Test("an exact number of records is noticed")
        func exactTotal() throws {
            #expect(try rejected(.exactTotal, wholeRuns).contains("number of records"))
        }

        @Test("noise that is the same in every run is noticed")
        func fixedSeed() throws {
            #expect(!(try rejected(.fixedSeed, mechanisms)).isEmpty)
            #expect(try rejected(.fixedSeed, wholeRuns).contains("all measurements"))
        }
    }
#endif
