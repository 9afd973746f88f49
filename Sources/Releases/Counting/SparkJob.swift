// SPDX-License-Identifier: Apache-2.0

/// The PySpark job that counts a table on many machines.
///
/// Kept as text in the program, so that the two always fit and one file is installed.
public enum SparkJob {
    /// The job, a Python program for `spark-submit`.
    public static let source = #"""
        #!/usr/bin/env python3
        # SPDX-License-Identifier: Apache-2.0
        """Count a table on Spark and release from the counts.

        All records of a privacy unit go to one partition, so that each unit is bounded once. Each
        partition is piped through `semblance count`; its tally comes back as the task's result, so that
        a task that is retried or run twice is counted once. The driver hands the tallies to
        `semblance release --counts` and answers its evidence queries by further passes of the same shape.

          spark-submit job.py release.yaml --input 's3a://bucket/claims/*.csv' --binary ./semblance
          spark-submit job.py release.yaml --table warehouse.claims --partitions 200

        Values cross the pipe as Spark prints them (cast to string); nulls as empty fields. The tallies are exact
        counts of real records: they stay in --work, which must be where the table may be.
        """
        import argparse
        import csv
        import glob
        import os
        import re
        import secrets
        import shutil
        import subprocess
        import sys
        import tempfile
        import time


        def arguments():
            parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
            parser.add_argument("release", help="the release file")
            source = parser.add_mutually_exclusive_group(required=True)
            source.add_argument("--input", help="path or glob that Spark can read")
            source.add_argument("--table", help="table in Spark's catalog")
            parser.add_argument("--format", default="csv", choices=["csv", "json", "parquet", "orc"])
            parser.add_argument("--partitions", type=int, default=0, help="shards; 0 for Spark's default")
            parser.add_argument("--binary", default="semblance", help="the program, on the driver")
            parser.add_argument("--work", help="folder for the secret tallies; a temporary one by default")
            parser.add_argument("--clique", action="append", default=[], metavar="age,sex,zip3",
                                help="a further marginal to count: names of its columns; may be repeated")
            parser.add_argument("--count-only", action="store_true", help="write the tallies and stop")
            return parser.parse_args()


        def named_file(text, key):
            """The path that a top-level key of the release file names."""
            match = re.search(rf"(?m)^{key}:\s*[\"']?([^\"'#\n]+?)[\"']?\s*(?:#.*)?$", text)
            if not match:
                sys.exit(f"job: {key}: not found in the release file; write it as one line, {key}: path")
            return match.group(1)


        def unit_column(text):
            """The privacy unit's column, or None where each record is its own unit."""
            inline = re.search(r"(?m)^unit:\s*\{[^}]*\bcolumn:\s*[\"']?([^\"',}]+)", text)
            block = re.search(r"(?m)^unit:\s*\n(?:[ \t]+.*\n)*?[ \t]+column:\s*[\"']?([^\"'#\n]+)", text)
            match = inline or block
            return match.group(1).strip() if match else None


        def bundle(release, binary, folder):
            """Copies what every worker needs into one folder."""
            text = open(release, encoding="utf-8").read()
            base = os.path.dirname(os.path.abspath(release))
            shutil.copy(release, os.path.join(folder, "release.yaml"))
            for key in ("schema", "policy"):
                path = named_file(text, key)
                if os.path.isabs(path) or ".." in path.split("/"):
                    sys.exit(f"job: {key}: found a path outside the release file's folder; move the file")
                target = os.path.join(folder, path)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy(os.path.join(base, path), target)
            program = shutil.which(binary) or sys.exit(f"job: no such program: {binary}")
            shutil.copy(program, os.path.join(folder, "semblance"))
            return text


        def counter(name, columns, shards, key, cliques, query):
            """A function that counts one partition, or answers a query on it; it runs on the workers."""

            def count(shard, rows):
                from pyspark import SparkFiles

                root = os.path.join(SparkFiles.getRootDirectory(), name)
                with tempfile.TemporaryDirectory() as folder:
                    output = os.path.join(folder, "tally")
                    command = [os.path.join(root, "semblance"), "count", os.path.join(root, "release.yaml"),
                               "--input", "-", "--shard", f"{shard}/{shards}", "--output", output,
                               "--threads", "1", "--allow-empty", "--quiet"]
                    if query is None:
                        command += [f"--clique={clique}" for clique in cliques]
                    else:
                        path = os.path.join(folder, "query.json")
                        with open(path, "wb") as file:
                            file.write(query)
                        command += ["--query", path]
                    # The key goes by the environment: arguments can be seen by every user of a machine.
                    environment = dict(os.environ, SEMBLANCE_SHARD_KEY=key)
                    log = tempfile.TemporaryFile()
                    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                               stderr=log, env=environment)
                    try:
                        with open(process.stdin.fileno(), "w", encoding="utf-8", newline="",
                                  closefd=False, buffering=1 << 20) as pipe:
                            writer = csv.writer(pipe, lineterminator="\n")
                            writer.writerow(columns)
                            for row in rows:
                                writer.writerow(["" if value is None else value for value in row])
                        process.stdin.close()
                    except BrokenPipeError:
                        pass
                    status = process.wait()
                    if status != 0:
                        log.seek(0)
                        # The program's messages never hold a value of the table.
                        raise RuntimeError(f"semblance count: exit {status}: "
                                           + log.read().decode("utf-8", "replace").strip())
                    with open(output, "rb") as file:
                        yield shard, file.read()

            return count


        def save(tallies, folder):
            """Writes tallies, each as a whole, readable by their owner alone."""
            os.makedirs(folder, mode=0o700, exist_ok=True)
            for shard, data in tallies:
                path = os.path.join(folder, f"{shard}.tally")
                descriptor = os.open(path + ".partial", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                os.replace(path + ".partial", path)


        def read(spark, options):
            """The table as a frame of texts."""
            from pyspark.sql import functions

            if options.table:
                frame = spark.table(options.table)
            elif options.format == "csv":
                # As RFC 4180 has it: quotes doubled inside quotes, line ends inside quotes, no trimming.
                frame = (spark.read.option("header", True).option("quote", '"').option("escape", '"')
                         .option("multiLine", True).option("mode", "FAILFAST")
                         .option("ignoreLeadingWhiteSpace", False)
                         .option("ignoreTrailingWhiteSpace", False).csv(options.input))
            else:
                frame = spark.read.format(options.format).load(options.input)
            return frame.select([functions.col(f"`{name}`").cast("string") for name in frame.columns])


        def release(options, work, count):
            """Releases from the tallies, and answers the queries of its evidence."""
            queries = os.path.join(work, "queries")
            command = [options.binary, "release", options.release, "--counts",
                       os.path.join(work, "shards"), "--queries", queries]
            process = subprocess.Popen(command)
            answered = set()
            while process.poll() is None:
                for path in sorted(glob.glob(os.path.join(queries, "query-*.json"))):
                    stem = path[:-len(".json")]
                    if stem in answered:
                        continue
                    answered.add(stem)
                    try:
                        with open(path, "rb") as file:
                            save(count(file.read()), stem)
                        open(stem + ".done", "w").close()
                    except Exception:
                        open(stem + ".failed", "w").close()
                        raise
                time.sleep(0.05)
            return process.returncode


        def main():
            from pyspark.sql import SparkSession

            options = arguments()
            spark = SparkSession.builder.appName("semblance count").getOrCreate()
            work = options.work or tempfile.mkdtemp(prefix="semblance-")
            os.makedirs(work, mode=0o700, exist_ok=True)
            package = tempfile.mkdtemp(prefix="semblance-bundle-")
            text = bundle(options.release, options.binary, package)
            spark.sparkContext.addFile(package, recursive=True)

            frame = read(spark, options)
            unit = unit_column(text)
            shards = options.partitions or spark.sparkContext.defaultParallelism
            if unit is None:
                frame = frame.repartition(shards)
            else:
                # By hash of the unit: Spark sends all its records to one partition.
                frame = frame.repartition(shards, f"`{unit}`")
            key = os.environ.get("SEMBLANCE_SHARD_KEY") or secrets.token_hex(16)

            def count(query=None):
                task = counter(os.path.basename(package), frame.columns, shards, key,
                               options.clique, query)
                tallies = frame.rdd.mapPartitionsWithIndex(task).collect()
                if sorted(shard for shard, _ in tallies) != list(range(shards)):
                    sys.exit("job: a shard is missing or there twice; run again")
                return tallies

            try:
                save(count(), os.path.join(work, "shards"))
                if options.count_only:
                    print(f"SECRET tallies in {work}/shards")
                    return 0
                return release(options, work, count)
            finally:
                shutil.rmtree(package, ignore_errors=True)
                if not options.work:
                    shutil.rmtree(work, ignore_errors=True)
                spark.stop()


        if __name__ == "__main__":
            sys.exit(main())

        """#
}
