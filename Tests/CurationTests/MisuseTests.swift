// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Programs that must not compile, and one that must; the compiler itself compares its errors with those that
/// the text expects, so a rule that stopped holding fails here.
@Suite("What the compiler refuses")
struct MisuseTests {
    private static let sound = """
        func sound(_ curator: borrowing Curator, _ grant: consuming PrivacyGrant) throws {
            let parts = grant.inParallel()
            var training = parts.training
            let half = try training.take(share: Rational(numerator: 1, denominator: 2))
            _ = try curator.measure(
                [[0]], weights: nil, recoding: nil, in: .training, grant: half)
            training.burn()
            parts.holdout.burn()
        }
        """

    private static let reuse = """
        func twice(_ noise: inout NoiseSource, _ plan: GaussianPlan, _ counts: inout [Int64],
            _ grant: consuming PrivacyGrant // expected-error {{'grant' consumed more than once}}
        ) throws {
            _ = try noise.addGaussian(plan, to: &counts, paying: grant) // expected-note {{consumed here}}
            _ = try noise.addGaussian(plan, to: &counts, paying: grant) // expected-note {{consumed again here}}
        }
        func oneGrantForTwoQueries(_ curator: borrowing Curator,
            _ grant: consuming PrivacyGrant // expected-error {{'grant' consumed more than once}}
        ) throws {
            _ = try curator.measure([[0]], weights: nil, recoding: nil, in: .training,
                grant: grant) // expected-note {{consumed here}}
            _ = try curator.measure([[1]], weights: nil, recoding: nil, in: .training,
                grant: grant) // expected-note {{consumed again here}}
        }
        func inALoop(_ noise: inout NoiseSource, _ plan: GaussianPlan, _ counts: inout [Int64],
            _ grant: consuming PrivacyGrant // expected-error {{'grant' consumed in a loop}}
        ) throws {
            for _ in 0..<2 {
                _ = try noise.addGaussian(plan, to: &counts, paying: grant) // expected-note {{consumed here}}
            }
        }
        func afterDividing(
            _ grant: consuming PrivacyGrant // expected-error {{'grant' consumed more than once}}
        ) {
            let parts = grant.inParallel() // expected-note {{consumed here}}
            parts.training.burn()
            parts.holdout.burn()
            grant.burn() // expected-note {{consumed again here}}
        }
        func onePartTwice(_ parts: consuming ParallelGrants) {
            let first = parts.training // expected-note {{consumed here}}
            let second = parts.training // expected-note {{consumed again here}}
            first.burn()
            second.burn()
        } // expected-error@-5 {{'parts' consumed more than once}}
        func borrowed(
            _ grant: borrowing PrivacyGrant // expected-error {{'grant' is borrowed and cannot be consumed}}
        ) {
            grant.burn() // expected-note {{consumed here}}
        }
        """

    private static let access = """
        func mint() {
            _ = GrantAccount(reserving: .zero) // expected-error {{'@_spi' protection level}}
        }
        func mintAgain(_ account: GrantAccount) {
            _ = account.mint() // expected-error {{'mint' is inaccessible due to '@_spi' protection level}}
        }
        func invent(_ account: GrantAccount) {
            _ = PrivacyGrant(cost: .zero, scope: .all, account: account) // expected-error {{'internal' protection level}}
        }
        func raise(_ grant: inout PrivacyGrant) {
            grant.cost = .zero // expected-error {{setter is inaccessible}}
        }
        func payWithoutDrawing(_ grant: consuming PrivacyGrant, _ mechanism: Mechanism) throws {
            _ = try grant.spend(mechanism) // expected-error {{'internal' protection level}}
        }
        func drawWithoutPaying(_ noise: inout NoiseSource, _ plan: GaussianPlan, _ counts: inout [Int64]) {
            noise.addGaussian(plan, to: &counts) // expected-error {{missing argument for parameter 'paying'}}
        }
        func chooseWithoutPaying(_ noise: inout NoiseSource, _ epsilon: SelectionEpsilon) throws {
            _ = noise.choose(
                scores: [1], sensitivity: 1, epsilon: epsilon) // expected-error {{missing argument for parameter 'paying'}}
        }
        func seed() {
            _ = NoiseSource(seed: 1) // expected-error {{argument passed to call that takes no arguments}}
        }
        func duplicate(_ grant: borrowing PrivacyGrant) {
            _ = copy grant // expected-error {{'copy' cannot be applied to noncopyable types}}
        }
        func hoard(_ grant: consuming PrivacyGrant) {
            let list = [grant] // expected-error {{requires that 'PrivacyGrant' conform to 'Copyable'}}
        }
        func peek(_ curator: borrowing Curator) throws {
            _ = try curator.tallies(of: [[0]], in: .training, recoding: nil) // expected-error {{'internal' protection level}}
        }
        func peekAtScores(_ selector: borrowing MarginalSelector) {
            _ = selector.scores // expected-error {{'private' protection level}}
        }
        func peekAtDistance(_ discrepancy: borrowing Discrepancy) {
            _ = discrepancy.sum // expected-error {{'internal' protection level}}
        }
        func show(_ curator: borrowing Curator) {
            print(curator) // expected-error {{does not conform to expected type 'Copyable'}}
        }
        """

    @Test("a program that spends each grant once compiles")
    func soundProgram() throws { try Self.verify(Self.sound) }

    @Test(
        "a grant spent twice, in a loop, after it was divided, or when it is only lent does not compile"
    )
    func reuse() throws { try Self.verify(Self.reuse) }

    @Test("nobody mints, copies, raises or spends a grant, draws unpaid, or reads an exact count")
    func access() throws { try Self.verify(Self.access) }

    @Test(
        "only the ledger may mint, and the audit for records that it invents; no room opens another for testing"
    )
    func minting() throws {
        let sources = Self.root.appendingPathComponent("Sources")
        let files = try #require(
            FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var minting: Set<String> = []
        var count = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            count += 1
            #expect(!text.contains("@testable"), "\(file.lastPathComponent)")
            let room = file.pathComponents[sources.pathComponents.count]
            if text.contains("@_spi(Minting)") {
                minting.insert(room == "Attacks" ? file.lastPathComponent : room)
            }
        }
        #expect(count > 100)
        // The worlds of the audit, whose records are invented.
        let worlds: Set = [
            "CanaryWorlds.swift", "DiscoveryWorlds.swift", "DividedWorlds.swift",
            "RangeWorlds.swift",
        ]
        #expect(minting == worlds.union(["Privacy", "Ledger"]))
    }

    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Compiles a program against the modules of this build and expects exactly the errors that it names.
    private static func verify(_ program: String) throws {
        let products = try #require(Self.products, "no modules beside the tests")
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("misuse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("Program.swift")
        try ("import Curation\nimport Privacy\n\n" + program)
            .write(to: file, atomically: true, encoding: .utf8)

        let maps =
            ["CKernels", "CInflate", "CRandom"].map {
                products.appendingPathComponent("\($0).build/module.modulemap").path
            } + [root.appendingPathComponent("Sources/CArchive/module.modulemap").path]
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments =
            [
                "swiftc", "-frontend", "-emit-sil", "-verify", "-verify-ignore-unrelated", "-o",
                "/dev/null",
                "-swift-version", "6", "-module-name", "Program",
                "-I", products.appendingPathComponent("Modules").path,
            ] + maps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] } + [file.path]
        let output = Pipe()
        compiler.standardError = output
        compiler.standardOutput = output
        try compiler.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        compiler.waitUntilExit()
        #expect(compiler.terminationStatus == 0, "\(text)")
    }

    /// The folder of the build that these tests are part of.
    private static var products: URL? {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        for _ in 0..<4 {
            folder.deleteLastPathComponent()
            let module = folder.appendingPathComponent("Modules/Curation.swiftmodule").path
            if FileManager.default.fileExists(atPath: module) { return folder }
        }
        return nil
    }
}
