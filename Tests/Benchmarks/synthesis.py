#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Benchmark of the synthesizers: error and CPU seconds of whole releases, machine and data named.

Usage: synthesis.py BINARY [--data adult,ma2019,flights,wide] [--methods auto,mst] [--epsilons 0.1,1,10] [--runs 5]

Each run is a release with evidence off, delta = 1e-9 and one record a unit, so everything from reading to the
signed archive; noise is fresh in each, medians are shown. Errors are mean total variation distances over all
columns, pairs and triples, by the scorer in $SEMBLANCE_SHARED (default: ../shared); without it there is nothing to
measure and the script says so. `adult` adds the AUC of a model that is trained on synthetic rows of the
training split and tested on real ones. `wide` is an invented table of 100,000 rows and 100 columns of 16
levels; of its triples the scorer takes a sample or none. Scoring needs pandas, numpy and scikit-learn.

Coded tables keep the order of their codes, which the product uses where a column is declared as numbers:
these columns are listed in ORDERED, the others are declared as categories.
"""
import argparse, json, os, statistics, subprocess, sys

import bench

ORDERED = {
    "adult": "age fnlwgt education-num capital-gain capital-loss hours-per-week".split(),
    "flights": "month day hour dep_delay arr_delay air_time distance sched_dep_time dep_time".split(),
    "ma2019": "AGEP NOC NPF DENSITY EDU PINCP PINCP_DECILE POVPIP PWGTP WGTP".split(),
}


def tables():
    """The coded tables: path and cells of each column."""
    data = os.path.join(bench.SHARED, "data")

    def domain(*path):
        with open(os.path.join(data, *path)) as file:
            return json.load(file)

    adult = domain("adult", "adult-domain.json")
    return {
        "adult": (os.path.join(data, "adult", "adult_encoded.csv"), adult),
        "adult-train": (os.path.join(data, "adult", "adult-train.csv"), adult),
        "flights": (os.path.join(data, "nycflights13", "flights_encoded.csv"),
                    domain("nycflights13", "flights-domain.json")),
        "ma2019": coded(os.path.join(data, "acs-sdnist", "ma2019.csv")),
        "wide": wide(),
    }


def wide(rows=100_000, columns=100, cells=16):
    """An invented wide table: rows are of 40 kinds, each column depends on its neighbour and on the kind."""
    import numpy as np
    import pandas as pd

    target = os.path.join(bench.BENCH, "wide.csv")
    domain = {f"c{place:02}": cells for place in range(columns)}
    random = np.random.default_rng(16)
    kinds = random.integers(0, 40, rows)
    centres = random.integers(0, cells, (40, columns))
    codes = np.empty((rows, columns), dtype=np.int64)
    for place in range(columns):
        code = (centres[kinds, place] + random.geometric(0.3, rows) - 1) % cells
        if place:
            follows = random.random(rows) < 0.3
            code[follows] = (codes[follows, place - 1] * 5 + 3) % cells
        codes[:, place] = code
    pd.DataFrame(codes, columns=list(domain)).to_csv(target, index=False)
    return target, domain


def coded(path):
    """ma2019 with numbers of more than 32 values in 32 bins of equal width, as the scorer would bin them."""
    import numpy as np
    import pandas as pd

    raw = pd.read_csv(path, low_memory=False)
    codes, domain = {}, {}
    for column in raw.columns:
        values = pd.to_numeric(raw[column], errors="coerce")
        missing = values.isna()
        if column != "PUMA" and values.dropna().nunique() > 32:
            edges = np.linspace(values.min(), values.max(), 33)
            code = np.clip(np.searchsorted(edges, values.fillna(values.min()), side="right") - 1, 0, 31)
            code[missing] = 32
            cells = 32 + int(missing.any())
        else:
            # Numbers in their order, what is no number behind them.
            texts = raw[column].astype(str)
            levels = sorted(texts.unique(), key=lambda text: (not is_number(text), float(text) if is_number(text) else 0, text))
            code = texts.map({text: place for place, text in enumerate(levels)}).to_numpy()
            cells = len(levels)
        codes[column], domain[column] = code, cells
    target = os.path.join(bench.BENCH, "ma2019.csv")
    pd.DataFrame(codes).to_csv(target, index=False)
    return target, domain


def is_number(text):
    try:
        return text != "nan" and float(text) == float(text)
    except ValueError:
        return False


def write_schema(name, domain):
    ordered = ORDERED.get(name.removesuffix("-train"), [])
    fields = []
    for column, cells in domain.items():
        values = ({"semblance": {"domain": {"minimum": 0, "maximum": cells - 1}, "outside": "clamp"},
                   "constraints": {"required": True}}
                  if column in ordered else
                  {"semblance": {"outside": "refuse"},
                   "constraints": {"required": True, "enum": list(range(cells))}})
        fields.append({"name": column, "type": "integer", **values})
    with open(os.path.join(bench.BENCH, "schema.json"), "w") as file:
        json.dump({"fields": fields, "missingValues": [""]}, file)
    with open(os.path.join(bench.BENCH, "domain.json"), "w") as file:
        json.dump(domain, file)


def score(archive, name, data, real):
    out = os.path.join(bench.BENCH, "out")
    subprocess.run(["tar", "xzf", archive, "-C", out], check=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")}
    extra = (["--target", "income>50K", "--test", os.path.join(bench.ADULT, "adult-test.csv")]
             if data == "adult-train" else [])
    output = subprocess.run(
        [sys.executable, os.path.join(bench.SHARED, "peers", "score.py"), "--real", real, "--synth",
         os.path.join(out, name, "data", "data.csv"), "--schema",
         os.path.join(bench.BENCH, "domain.json"), *extra],
        check=True, capture_output=True, env=environment).stdout
    found = json.loads(output)
    return [found[key]["mean"] for key in ("tv1", "tv2", "tv3")] + [found.get("downstream", {}).get("auc")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--data", default="adult,adult-train,ma2019,flights")
    parser.add_argument("--methods", default="auto,mst")
    parser.add_argument("--epsilons", default="0.1,1,10")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if not os.path.isdir(bench.ADULT):
        sys.exit(f"nothing to measure: no tables under {os.path.relpath(bench.SHARED)}; set SEMBLANCE_SHARED")
    binary = os.path.abspath(options.binary)
    bench.prepare(binary)
    known = tables()
    print(f"Machine: {bench.machine()}\nCommand: release, evidence off, delta 1e-9; "
          f"medians of {options.runs} runs, and the range of tv3\n")
    print("| data | method | epsilon | CPU s | peak MiB | tv1 | tv2 | tv3 | AUC |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    number = 0
    for data in options.data.split(","):
        path, domain = known[data]
        write_schema(data, domain)
        for method in options.methods.split(","):
            for epsilon in options.epsilons.split(","):
                rows = []
                for _ in range(options.runs):
                    number += 1
                    name = f"run-{number}"
                    cpu, _, peak, archive = bench.run(binary, name, path, epsilon, method)
                    rows.append([cpu, peak] + score(archive, name, data, path))
                    os.remove(archive)
                cpu, peak, tv1, tv2, tv3 = (statistics.median(row[k] for row in rows) for k in range(5))
                auc = "" if rows[0][5] is None else f"{statistics.median(row[5] for row in rows):.4f}"
                third = [row[4] for row in rows]
                print(f"| {data} | {method} | {epsilon} | {cpu:.2f} | {peak:.0f} | {tv1:.4f} | {tv2:.4f} "
                      f"| {tv3:.4f} ({min(third):.4f}–{max(third):.4f}) | {auc} |", flush=True)


if __name__ == "__main__":
    main()
