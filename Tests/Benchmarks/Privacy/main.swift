// SPDX-License-Identifier: Apache-2.0

// Times the Privacy room and the ledger, and prints one table. Each subject is a file of its own, listed here.

let subjects: [any Subject.Type] = [Samplers.self, Ledgers.self, Accounting.self]

print("\(Machine.description)\n")
print(Row.heading)
for subject in subjects {
    for row in try subject.measure() { print(row) }
}
