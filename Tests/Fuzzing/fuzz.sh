#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the fuzz drivers with libFuzzer and runs each. Usage: fuzz.sh SECONDS [csv|jsonl|schema]...
#
# Finds go to .fuzz/DRIVER/crash-*; keep each as a case in Tests/TablesTests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
seconds=${1:-1800}
shift || true
drivers=("${@:-csv}")
[ $# -gt 0 ] || drivers=(csv jsonl schema)
work=$root/.fuzz
mkdir -p "$work/package/Sources"

# A package of its own, of links: the drivers see the room's internals, and the product is untouched.
for room in CArchive CInflate CKernels Tables; do
    ln -sfn "$root/Sources/$room" "$work/package/Sources/$room"
done
mkdir -p "$work/package/Sources/Streams"
# All but the one file that needs a library.
for file in "$root"/Sources/Streams/*.swift; do
    [ "${file##*/}" = SpoolFile.swift ] || ln -sfn "$file" "$work/package/Sources/Streams/"
done
for driver in csv jsonl schema; do
    mkdir -p "$work/package/Sources/fuzz-$driver"
    cp "$here/Fuzz.swift" "$here/$driver.swift" "$work/package/Sources/fuzz-$driver/"
done
cat >"$work/package/Package.swift" <<'SWIFT'
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
    name: "fuzz",
    targets: [
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive"),
        .target(name: "CInflate", linkerSettings: [.linkedLibrary("isal")]),
        .target(name: "CKernels"),
        .target(name: "Streams", dependencies: ["CArchive", "CInflate"]),
        .target(name: "Tables", dependencies: ["Streams", "CKernels"]),
    ] + ["csv", "jsonl", "schema"].map {
        .executableTarget(
            name: "fuzz-" + $0, dependencies: ["Tables", "Streams"],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    })
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .unsafeFlags(["-enable-testing"]),
    ]
}
SWIFT
cd "$work/package"
swift build -c release --sanitize fuzzer
bin=$(swift build -c release --sanitize fuzzer --show-bin-path)
for driver in "${drivers[@]}"; do
    mkdir -p "$work/$driver/corpus"
    cp "$here/seeds/$driver"/* "$work/$driver/corpus/" 2>/dev/null || true
    printf '\n== %s, %s seconds\n' "$driver" "$seconds"
    # Without the runtime's own handler, so that libFuzzer keeps the input of a find.
    (cd "$work/$driver" && SWIFT_BACKTRACE=enable=no "$bin/fuzz-$driver" corpus \
        -max_total_time="$seconds" -max_len=2048 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 2>&1 | tail -n 14)
done
