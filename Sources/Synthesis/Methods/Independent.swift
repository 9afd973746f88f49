// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// Columns alone: one-way marginals, sampled as if nothing depended on anything.
///
/// Statement of privacy: one discrete Gaussian answer an attribute, equal shares of ρ: ρ-zCDP for add/remove
/// of a privacy unit (Canonne, Kamath and Steinke 2020, Theorem 4; Bun and Steinke 2016, Lemma 2.3).
enum Independent: MeasuringMethod {
    static let summary =
        "Every column is measured and sampled on its own; nothing between columns is learnt."

    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        SynthesisPlan(method: .independent, task: task, oneWay: rho)
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        try path.measureColumns(plan, curator: curator).alone(sizes: plan.sizes)
    }
}
