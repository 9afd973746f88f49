#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Benchmarks of the whole program: CPU seconds, peak memory and error, machine and data named.

Usage: bench.py BINARY [adult|memory]...

`adult`   MST on the coded Adult table (48,842 x 14, epsilon 1, delta 1e-9), evidence off, three runs.
`memory`  the same job on 1,000,000 and 10,000,000 rows (Adult repeated): peak memory must not grow.

The Adult table and the scorer are looked for in $SEMBLANCE_SHARED (default: ../shared); without them
there is nothing to measure and the script says so. Scoring needs pandas, numpy and scikit-learn.
"""
import json, os, platform, resource, shutil, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("SEMBLANCE_SHARED", os.path.join(ROOT, "..", "shared"))
ADULT = os.path.join(SHARED, "data", "adult")
BENCH = os.environ.get("BENCHDIR", os.path.join(ROOT, ".bench"))


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def schema():
    with open(os.path.join(ADULT, "adult-domain.json")) as file:
        domain = json.load(file)
    fields = [
        {
            "name": name,
            "type": "integer",
            "constraints": {"required": True},
            "semblance": {"domain": {"minimum": 0, "maximum": size - 1}, "outside": "clamp"},
        }
        for name, size in domain.items()
    ]
    return {"fields": fields, "missingValues": [""]}


RELEASE = """release: {name}
source: {{paths: ["{data}"], format: csv}}
schema: schema.json
unit: {{rows: 1}}
privacy: {{epsilon: {epsilon}, delta: 1e-9}}
synthesis: {{method: {method}}}
evidence: off
recipient: {{name: bench}}
policy: policy.yaml
ledger: ledger.sqlite
signing: {{key: keys/release_ed25519, identity: bench@semblance.example}}
output: {{path: out}}
"""
POLICY = """policy: bench
population: bench
cap: {epsilon: 1000, delta: 1e-3}
limits: {max_epsilon_per_release: 100, max_delta_per_release: 1e-3, max_rows_per_unit: 1}
evidence: {required: false}
"""


def prepare(binary):
    shutil.rmtree(BENCH, ignore_errors=True)
    os.makedirs(BENCH)
    with open(os.path.join(BENCH, "schema.json"), "w") as file:
        json.dump(schema(), file)
    with open(os.path.join(BENCH, "policy.yaml"), "w") as file:
        file.write(POLICY)
    subprocess.run(
        [binary, "key", "new", "--directory", os.path.join(BENCH, "keys"),
         "--identity", "bench@semblance.example"], check=True, stdout=subprocess.DEVNULL)


def run(binary, name, data, epsilon=1, method="mst"):
    """One release; returns CPU seconds, wall seconds, peak MiB and the archive."""
    path = os.path.join(BENCH, name + ".yaml")
    with open(path, "w") as file:
        file.write(RELEASE.format(name=name, data=data, epsilon=epsilon, method=method))
    start = time.time()
    child = subprocess.Popen([binary, "release", path, "--quiet"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"release {name} failed with status {os.waitstatus_to_exitcode(status)}")
    archive = os.path.join(BENCH, "out", name + ".tar.gz")
    return usage.ru_utime + usage.ru_stime, time.time() - start, usage.ru_maxrss / 1024, archive


def score(archive, name, real):
    subprocess.run(["tar", "xzf", archive, "-C", os.path.join(BENCH, "out")], check=True)
    synth = os.path.join(BENCH, "out", name, "data", "data.csv")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")}
    output = subprocess.run(
        [sys.executable, os.path.join(SHARED, "peers", "score.py"), "--real", real, "--synth", synth,
         "--schema", os.path.join(ADULT, "adult-domain.json"), "--k", "1,2"],
        check=True, capture_output=True, env=environment).stdout
    return json.loads(output)


def adult(binary):
    real = os.path.join(ADULT, "adult_encoded.csv")
    print("| run | CPU s | wall s | peak MiB | mean tv1 | mean tv2 | max tv2 |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for method, epsilon in [("independent", 1), ("mst", 0.1), ("mst", 1), ("mst", 1), ("mst", 1), ("mst", 10)]:
        adult.count = getattr(adult, "count", 0) + 1
        name = f"adult-{adult.count}"
        cpu, wall, peak, archive = run(binary, name, real, epsilon, method)
        result = score(archive, name, real)
        print(f"| {method}, epsilon {epsilon} | {cpu:.2f} | {wall:.2f} | {peak:.0f} "
              f"| {result['tv1']['mean']:.4f} | {result['tv2']['mean']:.4f} | {result['tv2']['max']:.4f} |",
              flush=True)


def memory(binary):
    with open(os.path.join(ADULT, "adult_encoded.csv"), "rb") as file:
        header, body = file.readline(), file.readlines()
    print("| rows | CPU s | wall s | peak MiB |")
    print("|--:|--:|--:|--:|")
    peaks = []
    for rows in (1_000_000, 10_000_000):
        path = os.path.join(BENCH, f"adult-{rows}.csv")
        with open(path, "wb") as file:
            file.write(header)
            whole, rest = divmod(rows, len(body))
            text = b"".join(body)
            for _ in range(whole):
                file.write(text)
            file.write(b"".join(body[:rest]))
        cpu, wall, peak, archive = run(binary, f"memory-{rows}", path)
        peaks.append(peak)
        os.remove(path)
        os.remove(archive)
        print(f"| {rows:,} | {cpu:.1f} | {wall:.1f} | {peak:.0f} |", flush=True)
    print(f"\nPeak memory grows by {100 * (peaks[1] / peaks[0] - 1):+.1f}% from 1 to 10 million rows.")


def main():
    binary = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:] or ["adult", "memory"]
    if not os.path.isdir(ADULT):
        sys.exit(f"nothing to measure: no Adult table under {os.path.relpath(ADULT)}; set SEMBLANCE_SHARED")
    print(f"Machine: {machine()}\nData: adult_encoded.csv, 48,842 x 14, delta 1e-9\n")
    prepare(binary)
    for name in wanted:
        {"adult": adult, "memory": memory}[name](binary)
        print()
    shutil.rmtree(BENCH, ignore_errors=True)


if __name__ == "__main__":
    main()
