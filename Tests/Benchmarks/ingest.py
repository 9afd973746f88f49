#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Benchmark of the way from bytes to tallies: CPU seconds, wall seconds and peak memory.

Usage: ingest.py BINARY [ROWS]

The table is made by $SEMBLANCE_SHARED/peers/ingest/gen.py (default: ../shared; 20 columns, seed 42, ROWS
rows, 10,000,000 by default), and counted with `semblance count`: all one-way and 153 two-way tallies of
18 columns. DuckDB and polars do the same with the runners beside the generator, where they are
installed. Every job runs in the same session, one after the other, on warm files.
"""
import json, os, platform, shutil, subprocess, sys, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("SEMBLANCE_SHARED", os.path.join(ROOT, "..", "shared"))
PEERS = os.path.join(SHARED, "peers", "ingest")
BENCH = os.path.join(ROOT, ".bench", "ingest")

RELEASE = """release: bench
source: {{paths: ["{data}"], format: {format}}}
schema: {schema}
unit: {{rows: {cap}{unit}}}
privacy: {{epsilon: 1, delta: 1e-9}}
evidence: off
recipient: {{name: bench}}
policy: policy.yaml
ledger: ledger.sqlite
signing: {{key: key, identity: bench@semblance.example}}
output: {{path: out}}
"""
POLICY = "policy: bench\npopulation: bench\ncap: {epsilon: 10, delta: 1e-6}\nevidence: {required: false}\n"
DECIMALS = {"income": 2, "weight": 4, "lon": 3}
BOUNDS = {"age": (0, 99), "hours": (0, 99), "score": (0, 999), "income": (-5000, 10000000),
          "weight": (0, 100), "lon": (-180, 180)}


def field(name, facts, measured):
    if name in ("id", "date") or name not in measured:
        return {"name": name, "type": "string", "semblance": {"role": "identifier"}}
    if name in facts["cats"]:
        return {"name": name, "type": "string", "constraints": {"enum": facts["cats"][name]},
                "semblance": {"outside": "refuse"}}
    low, high = BOUNDS[name]
    edges = facts["edges"][name]
    edges = ([low] if low < edges[0] else []) + edges + [high]
    extra = {"decimals": DECIMALS[name]} if name in DECIMALS else {}
    return {"name": name, "type": "number" if extra else "integer",
            "constraints": {"required": True},
            "semblance": {"outside": "clamp", "domain": {"edges": edges}, **extra}}


def write(name, text):
    with open(os.path.join(BENCH, name), "w") as file:
        file.write(text)


def prepare(rows):
    os.makedirs(BENCH, exist_ok=True)
    csv, jsonl = f"{rows}.csv", f"{rows // 5}.jsonl"
    for path, count in ((csv, rows), (jsonl, rows // 5)):
        if not os.path.exists(os.path.join(BENCH, path)):
            subprocess.run([sys.executable, os.path.join(PEERS, "gen.py"), str(count), path],
                           cwd=BENCH, check=True, stdout=subprocess.DEVNULL)
    for tool, suffix in (("gzip", "gz"), ("zstd", "zst")):
        target = f"{csv}.{suffix}"
        if shutil.which(tool) and not os.path.exists(os.path.join(BENCH, target)):
            with open(os.path.join(BENCH, target), "wb") as file:
                subprocess.run([tool, "-c", csv], cwd=BENCH, stdout=file, check=True,
                               stderr=subprocess.DEVNULL)
    facts = json.load(open(os.path.join(BENCH, "schema.json")))
    columns = [name for name in facts["columns"] if name not in ("id", "date")]
    for name, measured in (("all", columns), ("one", columns[:1])):
        fields = [field(column, facts, measured) for column in facts["columns"]]
        write(f"{name}.schema.json", json.dumps({"fields": fields, "missingValues": [""]}))
    write("policy.yaml", POLICY)
    for name, data, format, schema, cap, unit in (
            ("csv", csv, "csv", "all", 1, ""), ("one", csv, "csv", "one", 1, ""),
            ("jsonl", jsonl, "jsonl", "all", 1, ""), ("gz", csv + ".gz", "csv", "all", 1, ""),
            ("zst", csv + ".zst", "csv", "all", 1, ""),
            ("units", csv, "csv", "all", 3, ", column: id")):
        write(f"{name}.yaml", RELEASE.format(
            data=data, format=format, schema=f"{schema}.schema.json", cap=cap, unit=unit))
    return csv, jsonl


def clique_of():
    """The five measured columns of most cells."""
    facts = json.load(open(os.path.join(BENCH, "schema.json")))
    sizes = {name: len(facts["cats"].get(name) or facts["edges"][name])
             for name in facts["columns"] if name not in ("id", "date")}
    return sorted(sizes, key=sizes.get)[-5:]


def timed(command, stdin=None):
    """CPU seconds, wall seconds and peak MiB of a command; the least of three runs each."""
    best = None
    for _ in range(3 if stdin is None else 1):
        start = time.time()
        source = subprocess.Popen(stdin, stdout=subprocess.PIPE, cwd=BENCH) if stdin else None
        process = subprocess.Popen(command, cwd=BENCH, stdin=source.stdout if source else None,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        errors = []
        reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
        reader.start()
        _, status, usage = os.wait4(process.pid, 0)
        reader.join()
        if source:
            source.kill()
            source.wait()
        if status != 0:
            print(f"  {' '.join(command)}: {errors[0].decode()[-400:]}")
            return None
        found = (usage.ru_utime + usage.ru_stime, time.time() - start, usage.ru_maxrss / 1024)
        best = tuple(map(min, best, found)) if best else found
    return best


def show(label, found, note=""):
    if found:
        print(f"| {label} | {found[0]:.2f} | {found[1]:.2f} | {found[2]:.0f} | {note} |", flush=True)
    return found


def main():
    binary = os.path.abspath(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    if not os.path.exists(os.path.join(PEERS, "gen.py")):
        sys.exit(f"no generator at {PEERS}: nothing to measure; set SEMBLANCE_SHARED")
    csv, jsonl = prepare(rows)
    size = os.path.getsize(os.path.join(BENCH, csv))
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), "unknown processor")
    print(f"Machine: {model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    print(f"Data: gen.py {rows} (seed 42), {size / 1e9:.2f} GB of CSV; {rows // 5} rows of JSON Lines")
    print("Command: semblance count X.yaml --threads N; the least of three runs\n")
    print("| job | CPU s | wall s | peak MiB | |\n|---|--:|--:|--:|---|")

    def count(name, threads, *more, **others):
        return timed([binary, "count", f"{name}.yaml", "--output", "out.tally", "--threads",
                      str(threads), "--quiet", *more], **others)

    subprocess.run(["cat", csv], cwd=BENCH, stdout=subprocess.DEVNULL)
    one = show("read, index, 1 column of 2 values", count("one", 1, "--ways", "1"))
    codes = show("read, index, 18 columns to codes, spool", count("csv", 1, "--ways", "1"))
    if one and codes:
        print(f"| of which fields to codes | {codes[0] - one[0]:.2f} | | | "
              f"{size / 1e6 / (codes[0] - one[0]):.0f} MB/CPU s |")
    single = show("whole job, 1 thread", count("csv", 1))
    if single and codes:
        pairs = (single[0] - codes[0]) / rows / 153 * 1e9
        print(f"| of which 153 two-way tallies | {single[0] - codes[0]:.2f} | | | "
              f"{pairs:.2f} ns a row and pair |")
    # Five columns whose cells are too many to keep: counted sparsely.
    clique = ",".join(clique_of())
    for threads in (1, 2):
        few = count("csv", threads, "--ways", "1")
        more = show(f"with a sparse tally of {clique}, {threads} threads",
                    count("csv", threads, "--ways", "1", "--clique", clique))
        if few and more:
            print(f"| of which the sparse tally | {more[0] - few[0]:.2f} | {more[1] - few[1]:.2f} | | "
                  f"{(more[1] - few[1]) / rows * 1e9:.1f} ns a row |")
    both = show("whole job, 2 threads", count("csv", 2))
    if single and both:
        print(f"| two threads against one | | {single[1] / both[1]:.2f}x | | |")
    show("gzip, whole job, 2 threads", count("gz", 2))
    if shutil.which("bsdcat"):
        show("  bsdcat alone", timed(["bsdcat", csv + ".gz"]))
    show("zstd, whole job, 2 threads", count("zst", 2))
    if shutil.which("bsdcat"):
        show("  bsdcat alone", timed(["bsdcat", csv + ".zst"]))
    show("JSON Lines, whole job, 1 thread", count("jsonl", 1))
    show("JSON Lines, whole job, 2 threads", count("jsonl", 2))
    show("units (id, cap 3), whole job, 2 threads", count("units", 2))
    show("units, encrypted spool, 2 threads", count("units", 2, "--encrypt-spool"))
    for factor in (0.1, 1, 10):
        part = (f"head -n {rows // 10 + 1} {csv}" if factor < 1 else
                f"cat {csv}" if factor == 1 else
                f"cat {csv}; for i in 1 2 3 4 5 6 7 8 9; do tail -n +2 {csv}; done")
        for name in ("csv", "units"):
            show(f"{name}, {factor * rows:,.0f} rows by a pipe",
                 count(name, 2, "--input", "-", stdin=["bash", "-c", part]))
    for runner in ("duck", "pol"):
        for mode, path in (("full", csv), ("parse", jsonl)):
            result = subprocess.run(
                [sys.executable, os.path.join(PEERS, f"{runner}.py"), mode,
                 os.path.join(BENCH, path), "2"], capture_output=True, text=True, cwd=PEERS)
            for line in result.stdout.splitlines():
                if "cpu" in line:
                    print(f"| {line} | | | | |", flush=True)
            if result.returncode != 0:
                print(f"  {runner} {mode}: {result.stderr.strip().splitlines()[-1:]}")


if __name__ == "__main__":
    main()
