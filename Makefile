# SPDX-License-Identifier: Apache-2.0
# The commands of the project. `make demo` and `make test` install what they need on Debian.

SWIFT ?= swift
PREFIX ?= /usr/local
DEMO ?= .demo
PACKAGES := libarchive-dev libisal-dev libpq-dev libsqlite3-dev pkg-config
# The tests run every rule of the ledger on a PostgreSQL server of their own as well.
TEST_PACKAGES := postgresql
# Release builds and test builds compile with different flags, so each keeps a folder of its own.
BUILD := $(SWIFT) build -c release
# The program that the test build makes on its way.
TESTED := .build-test/release/semblance
# MUTANTS compiles faults in that tests switch on, to show that they would be noticed; nothing else has them.
TEST := $(SWIFT) test -c release --scratch-path .build-test -Xswiftc -DMUTANTS

PYTHON ?= python3

.PHONY: demo test soak test-spark audit fuzz lint format bench bench-memory bench-synthesis bench-rows bench-ingest bench-privacy bench-models install clean \
	packages test-packages build fixtures

build: packages
	$(BUILD) --product semblance

demo: build
	@bash fixtures/demo.sh "$$($(BUILD) --show-bin-path)/semblance" "$(DEMO)"

test: packages test-packages
	@SEMBLANCE_TEST_POSTGRESQL=1 bash Tests/run.sh $(TEST)

# 200 real releases killed at random instants; `make test` does a few.
SOAK ?= 200
soak: packages
	SEMBLANCE_KILLS=$(SOAK) $(TEST) --filter KilledReleaseTests

lint:
	$(SWIFT) format lint --strict -r Sources Tests Package.swift fixtures

format:
	$(SWIFT) format -i -r Sources Tests Package.swift fixtures

bench: build
	@python3 Tests/Benchmarks/bench.py "$$($(BUILD) --show-bin-path)/semblance" adult

# Error and CPU seconds of the synthesizers on real tables, five runs each.
bench-synthesis: build
	@$(PYTHON) Tests/Benchmarks/synthesis.py "$$($(BUILD) --show-bin-path)/semblance"

# Rows a second and memory of drawing rows again from kept measurements.
bench-rows: build
	@$(PYTHON) Tests/Benchmarks/rows.py "$$($(BUILD) --show-bin-path)/semblance"

bench-memory: build
	@python3 Tests/Benchmarks/bench.py "$$($(BUILD) --show-bin-path)/semblance" memory

# CPU seconds and memory of reading and counting, beside DuckDB and polars where they are installed.
bench-ingest: build
	@$(PYTHON) Tests/Benchmarks/ingest.py "$$($(BUILD) --show-bin-path)/semblance"

# Draws, choices and conversions of the Privacy room, on one thread and on all; charges of the ledger in
# SQLite, and in a PostgreSQL server of its own.
bench-privacy: packages test-packages
	$(BUILD) --product privacy-bench
	@sh Tests/PostgreSQL/server.sh with "$$($(BUILD) --show-bin-path)/privacy-bench"

# Estimating, counting out and sampling graphical models on invented measurements.
bench-models: packages
	$(BUILD) --product models-bench
	@"$$($(BUILD) --show-bin-path)/models-bench"

# The Spark job for real, on two threads of this machine; PySpark goes to a folder of its own.
test-spark: packages
	@[ -x "$(TESTED)" ] || $(TEST) --filter nothing-at-all
	@{ command -v java && $(PYTHON) -c 'import ensurepip, venv'; } >/dev/null 2>&1 || { run=; [ "$$(id -u)" = 0 ] || run=sudo; \
		$$run apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq default-jre-headless python3-venv; }
	@[ -d .spark ] || { $(PYTHON) -m venv .spark && .spark/bin/pip install -q pyspark==4.3.0; }
	@.spark/bin/python Tests/Spark/spark_test.py \
		"$(TESTED)" fixtures claims.csv.gz

# Attacks our own mechanisms at length, on invented records; fails where a claim is contradicted.
audit: build
	@"$$($(BUILD) --show-bin-path)/semblance" audit-mechanism -q --runs 100000
	@for release in claims transactions quarterly discovery; do \
		ls fixtures/$$release/release*.yaml | head -1; done \
		| xargs -n 1 -P 2 "$$($(BUILD) --show-bin-path)/semblance" audit-mechanism -q --runs 5000

# libFuzzer on the readers of CSV, JSON Lines and schemas; SECONDS each.
FUZZ_SECONDS ?= 1800
fuzz: packages
	@bash Tests/Fuzzing/fuzz.sh $(FUZZ_SECONDS)

fixtures:
	@bash fixtures/generate.sh

install: packages
	$(BUILD) --product semblance --static-swift-stdlib
	install -D -m 0755 "$$($(BUILD) --static-swift-stdlib --show-bin-path)/semblance" \
		"$(DESTDIR)$(PREFIX)/bin/semblance"

clean:
	rm -rf .build .build-test .spark .fuzz $(DEMO)

# Debian's headers of the system libraries; nothing happens where they are installed already.
packages:
	@if ! dpkg -s $(PACKAGES) >/dev/null 2>&1; then \
		run=; [ "$$(id -u)" = 0 ] || run=sudo; \
		$$run apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq $(PACKAGES); \
	fi

# The server's programs, without the database cluster that Debian would make and start.
test-packages:
	@if ! dpkg -s $(TEST_PACKAGES) >/dev/null 2>&1; then \
		run=; [ "$$(id -u)" = 0 ] || run=sudo; \
		$$run mkdir -p /etc/postgresql-common/createcluster.d && \
		echo 'create_main_cluster = false' | \
			$$run tee /etc/postgresql-common/createcluster.d/semblance.conf >/dev/null && \
		$$run apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq $(TEST_PACKAGES); \
	fi
