// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Streams
import Synthesis

/// What a release would do and cost, computed from public things only.
///
/// A plan names the SHA-256 of the files it was made from; `semblance release` refuses a plan whose
/// files have changed since.
public struct Plan: Codable, Sendable {
    /// One stage of the budget.
    public struct Stage: Codable, Sendable {
        /// What is asked.
        public let purpose: String
        /// training or holdout.
        ///
        /// The two are disjoint sets of people, so their costs do not add up.
        public let part: String
        /// ρ granted, exact.
        public let rho: String
    }

    /// The expected error of one column.
    public struct ColumnError: Codable, Sendable {
        /// The column's name.
        public let column: String
        /// Cells of its domain.
        public let cells: Int
        /// Standard deviation of the noise in each cell.
        public let sigma: Double
        /// Records of the table, holdout included, that this column needs so that its expected total variation
        /// error is at most 0.05.
        public let usefulRecords: Int
        /// Whether the cells are at most so many, as the domain is still to be found out; absent otherwise.
        public let isAtMost: Bool?
    }

    /// One step of discovery.
    public struct Discovery: Codable, Sendable {
        /// The column, and what is asked: categories, bounds or quantiles.
        public let column: String, kind: String
        /// What its grant holds, exact; δ is absent where it is zero.
        public let rho: String, delta: String?
        /// Standard deviation of the noise in each count.
        public let sigma: Double
        /// The noisy count of training records that a category, or the range at an edge, must reach; absent
        /// for quantiles.
        public let threshold: Int?

        init(_ step: DiscoveryPlan.Step) {
            column = step.column
            kind = step.kind
            rho = step.budget.rho.description
            delta = step.budget.delta > 0 ? step.budget.delta.description : nil
            sigma = Double(step.noise.sigma2, rounding: .up).squareRoot()
            threshold = step.threshold
        }

        /// What the step costs and what it cannot see, for a person.
        ///
        /// - Parameter training: The share of the table's records in the training part, above 0.
        fileprivate func summary(training: Rational) -> String {
            let noise = "±\(formatted(sigma, digits: 1)), ρ = \(BudgetWords.reading(rho))"
            guard let threshold else { return "quantiles   \(noise)" }
            let about = grouped((Rational(threshold) / training).ceiling ?? threshold)
            return kind == "bounds"
                ? "bounds      \(noise); what fewer than about \(about) records of the table reach "
                    + "may be left out"
                : "categories  \(noise), δ = \(BudgetWords.reading(delta ?? "0")); categories with fewer than about \(about) "
                    + "records of the table are not found"
        }
    }

    /// The population's budget around this release.
    public struct Budget: Codable, Sendable {
        /// The population.
        public let population: String
        /// The cap's ε and δ.
        public let capEpsilon: String, capDelta: String
        /// ε of all earlier releases at the cap's δ, rounded up.
        public let spentEpsilon: String
        /// ε of all releases including this one.
        public let afterEpsilon: String
        /// Whether the remaining budget covers the release.
        public let isAffordable: Bool
        /// ρ asked for and ρ remaining, exact.
        public let asked: String, remaining: String
        /// What the policy allows beside the cap for life.
        public let policyLimits: [LimitFigure]
        /// Which limit refuses the release, and what remains under it.
        public let refusal: String?
    }

    /// One of the policy's limits around this release.
    public struct LimitFigure: Codable, Sendable {
        /// The limit, and its cap.
        public let limit: String, cap: String
        /// ε of what counts against it, before and with this release.
        public let spentEpsilon: String, afterEpsilon: String
        /// Whether the release keeps it.
        public let isAffordable: Bool
    }

    /// The format's name and version.
    public let format: String
    /// The release's name.
    public let release: String
    /// The release file, as given.
    public let releaseFile: String
    /// SHA-256 of release file, schema and policy.
    public let inputs: InputDigests
    /// The guarantee: ε and δ as written, and ρ, exact.
    public let epsilon: String, delta: String, rho: String
    /// How the noise was calibrated: zcdp, or exact.
    public let accountant: String?
    /// ε of the Gaussian measurements at δ by their exact loss distribution, rounded up; nil where it says
    /// nothing about the release.
    public let exactEpsilon: String?
    /// ε that ρ alone would promise at δ, rounded up.
    public let convertedEpsilon: String?
    /// The privacy unit in words.
    public let unit: String
    /// The synthesizer and why.
    public let method: String, reason: String
    /// The share of privacy units that domains and columns are measured on, exact; the others are the
    /// holdout.
    public let trainingShare: String?
    /// How ρ is divided.
    public let stages: [Stage]
    /// What to expect of each column.
    public let columns: [ColumnError]
    /// How good rows can be; absent in plans of older versions.
    public let forecast: Forecast?
    /// The steps of discovery, in their order; absent where all domains are declared.
    public let discovery: [Discovery]?
    /// Declared rules between columns, which every written record will keep; absent where there are none.
    public let constraints: [String]?
    /// Cells of all one-way and all two-way tallies: the memory the plan needs, in MiB.
    public let tallyMiB: Int
    /// Text, codes and their place in the file, of one thread that reads, in MiB.
    public let readingMiB: Int
    /// Which marginals count; absent in plans of older versions.
    public let workload: Workload?
    /// What the model may take; absent where it does not grow with what is measured.
    public let model: Model?
    /// Thresholds of the gate.
    public let thresholds: [String: String]
    /// Earlier releases whose measurements will be evidence, at no cost; absent where there are none.
    public let reused: [AuditRecord.Reused]?
    /// The population's budget.
    public let budget: Budget
    /// Where the archive will be.
    public let archive: String

    static let currentFormat = "semblance-plan-1"

    /// The plan for a person.
    public var summary: String {
        var lines = [
            "Release     \(release)",
            "Guarantee   ε = \(BudgetWords.reading(epsilon)), δ = \(BudgetWords.reading(delta)) for \(unit)  "
                + "(ρ = \(BudgetWords.reading(rho)))",
        ]
        lines += accounting
        lines += [
            "Method      \(method): \(reason)"
        ]
        for (index, line) in (workload?.lines ?? []).enumerated() {
            lines.append((index == 0 ? "Workload    " : "            ") + line)
        }
        if let model { lines.append("Model       \(model.line)") }
        lines += (reused ?? []).map {
            "Reuses      measurements of \($0.release), paid for by ledger entry \($0.ledgerSequence); "
                + "shares may have moved by \($0.drift) since"
        }
        lines += [
            "Memory      about \(readingMiB) MiB a thread to read, \(tallyMiB) MiB for tallies, "
                + "whatever the number of records",
            "Archive     \(archive)",
        ]
        if let constraints {
            lines.append(
                "Constraints \(constraints.joined(separator: "; "))  (every written record keeps them)"
            )
        }
        lines += [
            "",
            "Budget of population \(budget.population), cap ε = \(BudgetWords.cap(budget.capEpsilon)) at "
                + "δ = \(BudgetWords.cap(budget.capDelta))",
            "  spent before   ε = \(budget.spentEpsilon)",
            "  with this one  ε = \(budget.afterEpsilon)"
                + BudgetWords.footnote(delta: delta, capDelta: budget.capDelta),
        ]
        for limit in budget.policyLimits {
            lines.append("Under \(limit.limit), \(limit.cap)")
            lines.append(
                "  ε = \(limit.spentEpsilon), with this one ε = \(limit.afterEpsilon)")
        }
        if let refusal = budget.refusal { lines.append("REFUSED  \(refusal)") }
        lines += [
            "",
            "How the budget is divided (training and holdout hold different people: costs do not add)",
        ]
        if stages.contains(where: { $0.purpose == "number of records" }) {
            lines.append(
                "  (of the synthesizer's own stages, the first ones here, later parts follow the noisy number of records; "
                    + "their sum is fixed)")
        }
        let width = stages.map(\.purpose.count).max() ?? 0
        for stage in stages {
            let name = stage.purpose.padding(toLength: width, withPad: " ", startingAt: 0)
            let part = stage.part.padding(toLength: 8, withPad: " ", startingAt: 0)
            lines.append("  \(name)  \(part)  ρ = \(BudgetWords.reading(stage.rho))")
        }
        if let discovery {
            lines += ["", "Domains to be discovered, from the training part only"]
            let names = discovery.map(\.column.count).max() ?? 0
            let training = trainingShare.flatMap { Rational($0) } ?? 1
            for step in discovery {
                let name = step.column.padding(toLength: names, withPad: " ", startingAt: 0)
                lines.append("  \(name)  \(step.summary(training: training))")
            }
        }
        lines += ["", "Expected noise of one-way counts"]
        let names = columns.map(\.column.count).max() ?? 0
        for column in columns {
            let name = column.column.padding(toLength: names, withPad: " ", startingAt: 0)
            lines.append(
                "  \(name)  ±\(formatted(column.sigma, digits: 1)) in each of "
                    + "\(column.isAtMost == true ? "at most " : "")\(column.cells) cells; "
                    + "5% error needs about \(grouped(column.usefulRecords)) records")
        }
        lines += forecast?.lines ?? []
        if !thresholds.isEmpty {
            let gate = thresholds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines += ["", "Gate        " + gate.joined(separator: ", ")]
        }
        return lines.joined(separator: "\n")
    }

    /// What the exact figure is and what it means, where there is one.
    private var accounting: [String] {
        guard let exactEpsilon, let convertedEpsilon else { return [] }
        guard accountant == Accountant.exact.rawValue else {
            return [
                "Exactly     ε = \(exactEpsilon) by the loss distribution of this Gaussian-only plan; "
                    + "the ledger counts ρ"
            ]
        }
        return [
            "Accountant  exact: noise calibrated by its loss distribution, ε = \(exactEpsilon). The ledger is "
                + "charged ρ,",
            "            which alone would read as ε = \(convertedEpsilon): more of the cap than zcdp takes",
        ]
    }

    /// Stops where the budget does not cover the release.
    ///
    /// - Throws: `ReleaseError` with status `budgetRefused`.
    public func requireAffordable() throws(ReleaseError) {
        guard let refusal = budget.refusal else { return }
        throw ReleaseError(.budgetRefused, refusal)
    }

    /// The plan as JSON with sorted keys.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        // Every field is a string, an integer or a finite number: encoding cannot fail.
        let data = (try? encoder.encode(self)) ?? Data()
        return [UInt8](data) + [UInt8(ascii: "\n")]
    }

    /// Writes the plan, whole or not at all; an older plan is replaced, and no other file.
    ///
    /// A release that the budget refuses gets no plan: the file would outlive the reason.
    ///
    /// - Parameter path: Where to write.
    /// - Throws: `ReleaseError` with status `budgetRefused`, `cannotCreate` or `ioFailed`.
    public func write(to path: String) throws(ReleaseError) {
        if let refusal = budget.refusal {
            throw ReleaseError(.budgetRefused, "\(refusal); no plan was written to \(path)")
        }
        if FileManager.default.fileExists(atPath: path) {
            struct Format: Decodable { let format: String }
            let bytes = try Files.read(path, what: "plan")
            let found = try? JSONDecoder().decode(Format.self, from: Data(bytes)).format
            guard found?.hasPrefix("semblance-plan-") == true else {
                throw ReleaseError(
                    .cannotCreate,
                    "not an older plan: \(path): nothing else is overwritten; choose another path")
            }
        }
        do {
            var file = try AtomicFile(creating: path, replacing: true, mode: 0o644)
            try file.write(json)
            try file.commit()
        } catch {
            throw ReleaseError(error)
        }
    }
}
