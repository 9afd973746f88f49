#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows a second of `semblance synthesize`, and its peak memory.

Usage: rows.py BINARY [METHOD]...

Invents a table of 15 columns (categories, binned numbers, amounts and dates), releases it once by each method
(auto, mst and mixture), and draws 100,000, 3,000,000 and 100,000,000 rows from the kept measurements: sampled, decoded,
marked for a recipient and written as CSV to /dev/null. MILLIONS=n changes the last of these. Memory must not grow
with the rows.
"""
import json, os, random, shutil, subprocess, sys, time

from bench import BENCH, POLICY, machine

COLUMNS = [
    ("region", ["North", "East", "South", "West", "Centre", "Islands"]),
    ("sex", ["F", "M"]),
    ("age", {"minimum": 0, "maximum": 99, "bins": 20}),
    ("status", ["employed", "unemployed", "student", "retired", "other work"]),
    ("sector", [f"sector {n}" for n in range(20)]),
    ("hours", {"minimum": 0, "maximum": 79, "bins": 16}),
    ("wage", {"minimum": 0, "maximum": 20000, "bins": 25}),
    ("joined", {"minimum": "2010-01-01", "maximum": "2025-12-31", "bins": "year"}),
    ("grade", [f"G{n}" for n in range(8)]),
    ("remote", ["no", "partly", "yes"]),
    ("size", ["1-9", "10-49", "50-249", "250+"]),
    ("district", [f"D{n:02}" for n in range(40)]),
    ("children", {"minimum": 0, "maximum": 9}),
    ("education", ["none", "primary", "secondary", "tertiary"]),
    ("score", {"minimum": 0, "maximum": 1000, "bins": 20}),
]


def field(name, domain):
    if isinstance(domain, list):
        return {"name": name, "type": "string", "constraints": {"enum": domain, "required": True}}
    kind = "date" if domain.get("bins") == "year" else "number" if name == "wage" else "integer"
    semblance = {"domain": domain, "outside": "clamp"}
    if kind == "number":
        semblance["decimals"] = 2
    return {"name": name, "type": kind, "constraints": {"required": True}, "semblance": semblance}


def value(name, domain, u):
    if isinstance(domain, list):
        return domain[int(u * len(domain))]
    if domain.get("bins") == "year":
        return f"{2010 + int(u * 16)}-{1 + int(u * 9973 % 12):02}-{1 + int(u * 7919 % 28):02}"
    number = domain["minimum"] + u * (domain["maximum"] - domain["minimum"])
    return f"{number:.2f}" if name == "wage" else str(int(number))


def write_table():
    """50,000 rows in which each column follows the one before it."""
    draw = random.Random(1)
    with open(os.path.join(BENCH, "rows.csv"), "w") as file:
        print(",".join(name for name, _ in COLUMNS), file=file)
        for _ in range(50_000):
            u, row = draw.random(), []
            for name, domain in COLUMNS:
                u = u if draw.random() < 0.5 else draw.random()
                row.append(value(name, domain, u))
            print(",".join(row), file=file)
    with open(os.path.join(BENCH, "schema.json"), "w") as file:
        json.dump({"fields": [field(*column) for column in COLUMNS], "missingValues": [""]}, file)


RELEASE = """release: rows-{method}
source: {{paths: ["rows.csv"], format: csv}}
schema: schema.json
unit: {{rows: 1}}
privacy: {{epsilon: 1, delta: 1e-9}}
synthesis: {{method: {method}}}
evidence: off
recipient: {{name: bench}}
policy: policy.yaml
ledger: ledger.sqlite
signing: {{key: keys/release_ed25519, identity: bench@semblance.example}}
watermark: {{key: keys/watermark.key}}
output: {{path: out}}
"""


def measure(arguments):
    start = time.time()
    child = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{arguments} failed with status {os.waitstatus_to_exitcode(status)}")
    return time.time() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    binary, methods = os.path.abspath(sys.argv[1]), sys.argv[2:] or ["auto", "mst", "mixture"]
    shutil.rmtree(BENCH, ignore_errors=True)
    os.makedirs(BENCH)
    write_table()
    with open(os.path.join(BENCH, "policy.yaml"), "w") as file:
        file.write(POLICY)
    subprocess.run([binary, "key", "new", "--directory", os.path.join(BENCH, "keys"),
                    "--identity", "bench@semblance.example"], check=True, stdout=subprocess.DEVNULL)
    print(machine())
    print("| method | rows | wall s | CPU s | million rows/s, fit included | million rows/s | peak MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for method in methods:
        path = os.path.join(BENCH, f"{method}.yaml")
        with open(path, "w") as file:
            file.write(RELEASE.format(method=method))
        subprocess.run([binary, "release", "-q", path], check=True, stdout=subprocess.DEVNULL)
        draw = [binary, "synthesize", "-q", os.path.join(BENCH, "out", f"rows-{method}.measurements.json"),
                "--allowed-signers", os.path.join(BENCH, "keys", "allowed_signers"), "--watermark-key",
                os.path.join(BENCH, "keys", "watermark.key"), "--recipient", "bench", "--output", "/dev/null"]
        fit, _, _ = measure(draw + ["--rows", "1"])
        for rows in [100_000, 3_000_000, int(os.environ.get("MILLIONS", 100)) * 1_000_000]:
            wall, cpu, peak = measure(draw + ["--rows", str(rows)])
            print(f"| {method} | {rows:,} | {wall:.2f} | {cpu:.2f} | {rows / wall / 1e6:.2f} "
                  f"| {rows / max(1e-3, wall - fit) / 1e6:.2f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
