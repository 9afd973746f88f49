#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a test command and tells at its end again what failed: of thousands of lines the last ones are read.
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" 2>&1 | tee "$log"
status=$?
if [ "$status" -ne 0 ]; then
	printf '\nFailed:\n'
	grep -a -v '^◇' "$log" | grep -a -A 12 -E 'recorded an issue|error: ' | cut -c 1-600 | head -n 120
fi
exit "$status"
