// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let bigInt = Target.Dependency.product(name: "BigInt", package: "BigInt")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// One room of the program and the tests that mirror it.
///
/// A room may import only rooms above it.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> [Target] {
    let tests = Target.testTarget(
        name: name + "Tests", dependencies: [.target(name: name)] + dependencies)
    return [.target(name: name, dependencies: dependencies), tests]
}

let package = Package(
    name: "semblance",
    products: [.executable(name: "semblance", targets: ["semblance"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/attaswift/BigInt", exact: "6.0.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CArchive", pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(
            name: "CPostgreSQL", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]),
        .target(name: "CInflate", linkerSettings: [.linkedLibrary("isal")]),
        .target(name: "CKernels"),
        .target(name: "CRandom"),
    ]
        + room("Streams", ["CArchive", "CInflate", crypto])
        + room("Tables", ["Streams", "CKernels"])
        + room("Privacy", ["CRandom", bigInt])
        + room("Curation", ["Tables", "Streams", "Privacy", "CKernels", crypto])
        + room("GraphicalModels", ["CKernels"])
        + room("Synthesis", ["Curation", "GraphicalModels", "Tables", "Privacy", "Streams"])
        + room("Evaluation", ["Synthesis", "Curation", "GraphicalModels", "Tables", "Privacy"])
        + room(
            "Attacks",
            [
                "Evaluation", "Synthesis", "Curation", "GraphicalModels", "Tables", "Privacy",
                "Streams",
            ])
        + room("Watermarking", ["Tables", crypto])
        + room("Ledger", ["CPostgreSQL", "Privacy", crypto, grdb])
        + room("Governance", ["Ledger", "Privacy", "Tables", yams])
        + room(
            "Releases",
            [
                "Streams", "Tables", "Privacy", "Curation", "GraphicalModels", "Synthesis",
                "Evaluation", "Attacks", "Watermarking", "Ledger", "Governance", crypto, yams,
            ])
        + [
            .executableTarget(
                name: "semblance", dependencies: ["Releases", argumentParser]),
            .testTarget(name: "semblanceTests", dependencies: ["semblance"]),
            .executableTarget(
                name: "privacy-bench", dependencies: ["Ledger", "Privacy"],
                path: "Tests/Benchmarks/Privacy"),
            .executableTarget(
                name: "models-bench", dependencies: ["GraphicalModels"],
                path: "Tests/Benchmarks/GraphicalModels"),
            // Charges a ledger from a process of its own, for the tests that kill it.
            .executableTarget(
                name: "ledger-writer", dependencies: ["Ledger", "Privacy"],
                path: "Tests/LedgerWriter"),
        ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .strictMemorySafety(),  // SE-0458
        .treatAllWarnings(as: .error),  // SE-0480
        .enableUpcomingFeature("ExistentialAny"),  // SE-0335
        .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
        .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
        .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
    ]
}
