#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Spark job, for real on local[2]: its tallies are those of one process, bit for bit.

  spark_test.py PATH/TO/semblance FIXTURES
"""
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

KEY = "00112233445566778899aabbccddeeff"


def tables(path):
    """The tables of a tally, by part and attributes; see TallyFile.swift for the format."""
    with open(path, "rb") as file:
        data = file.read()
    assert hashlib.sha256(data[:-32]).digest() == data[-32:], f"{path}: checksum"
    first = data.index(b"\n") + 1
    second = data.index(b"\n", first)
    place = second + 2 + int(data[first:second])

    def value():
        nonlocal place
        result = shift = 0
        while True:
            byte = data[place]
            place += 1
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result

    found = {}
    for _ in range(value()):
        part = value()
        attributes = tuple(value() for _ in range(value()))
        cells, counts = value(), []
        while len(counts) < cells:
            counts.append(value())
            if counts[-1] == 0:
                counts += [0] * value()
        found[part, attributes] = counts
    return found


def merged(paths):
    total = {}
    for path in paths:
        for key, counts in tables(path).items():
            total[key] = [a + b for a, b in zip(total.get(key, [0] * len(counts)), counts)]
    return total


def run(*command, check=True):
    environment = dict(os.environ, SEMBLANCE_SHARD_KEY=KEY)
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    if check and result.returncode != 0:
        sys.exit(f"{' '.join(command[:3])}: exit {result.returncode}\n{result.stderr[-4000:]}")
    return result


def spark(master):
    import pyspark

    home = os.path.dirname(pyspark.__file__)
    return [os.path.join(home, "bin", "spark-submit"), "--master", master,
            "--conf", "spark.ui.enabled=false"]


def main():
    binary, fixtures = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(fixtures, "claims"), os.path.join(folder, "claims"))
        release = os.path.join(folder, "claims", "release.yaml")
        run(binary, "key", "new", "--directory", os.path.join(folder, "claims", "keys"),
            "--identity", "release@example.org")
        job = os.path.join(folder, "job.py")
        with open(job, "w") as file:
            file.write(run(binary, "spark-job").stdout)

        whole = os.path.join(folder, "whole.tally")
        cliques = ["--clique", "sex,plan,denied", "--clique", "sex,zip3,plan"]
        run(binary, "count", release, "--output", whole, "--quiet", *cliques)
        data = os.path.join(folder, "claims", sys.argv[3])
        for partitions in ("1", "5"):
            work = os.path.join(folder, "work" + partitions)
            submit = [*spark("local[2]"), job, release, "--input", data, "--binary", binary,
                      "--partitions", partitions, *cliques, "--work", work]
            run(*submit, "--count-only")
            shards = [os.path.join(work, "shards", name)
                      for name in os.listdir(os.path.join(work, "shards"))]
            assert len(shards) == int(partitions), shards
            assert merged(shards) == tables(whole), f"{partitions} partitions differ"
            print(f"{partitions} partitions: tallies equal those of one process")

        # A release with evidence: every query is a second pass over the shards.
        result = run(*submit[:-1], os.path.join(folder, "release"))
        assert "RELEASED" in result.stdout, result.stdout
        print("released from shards, evidence and all")

        # A task that fails on its first try is counted once.
        shaky = os.path.join(folder, "shaky")
        marks = os.path.join(folder, "marks")
        os.mkdir(marks)
        with open(shaky, "w") as file:
            file.write(f'#!/bin/bash\nif [ "$1" = count ] && mkdir "{marks}/first" 2>/dev/null; then\n'
                       f'  "{binary}" "$@" && exit 75\nfi\nexec "{binary}" "$@"\n')
        os.chmod(shaky, 0o755)
        work = os.path.join(folder, "retried")
        run(*spark("local[2,3]"), job, release, "--input", data, "--binary", shaky, "--partitions", "3",
            *cliques, "--work", work, "--count-only")
        assert os.path.isdir(os.path.join(marks, "first"))
        shards = [os.path.join(work, "shards", f"{index}.tally") for index in range(3)]
        assert merged(shards) == tables(whole), "a retried task was counted twice or not at all"
        print("a retried task is counted once")
        with open(shards[0], "rb") as file:
            head = file.read(200).split(b"\n")
        assert json.loads(open(shards[0], "rb").read().split(b"\n")[2])["shards"] == 3, head


if __name__ == "__main__":
    main()
