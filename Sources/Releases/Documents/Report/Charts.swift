// SPDX-License-Identifier: Apache-2.0

/// Inline SVG charts without script, readable in print and by a screen reader.
enum Charts {
    /// One bar group of a column's distribution.
    struct Bar {
        /// The cell's public label.
        let label: String
        /// The share of the noisy measurement, possibly below 0.
        let measured: Double
        /// The share among the synthetic rows.
        let synthetic: Double
    }

    /// A figure with its interval and the line that it has to stay on one side of.
    struct Interval {
        /// What is measured.
        let label: String
        /// The estimate; `nil` where the interval says nothing.
        let value: Double?
        /// The interval's ends.
        let lower: Double, upper: Double
        /// The gate's threshold, where there is one.
        let threshold: Double?
        /// Whether the figure passes.
        let passes: Bool
    }

    /// Bars of synthetic shares with a tick for the noisy measurement of each cell.
    ///
    /// Cells beyond `limit` are gathered into a last bar, so that a column of 10,000 categories stays
    /// readable; ordered columns are gathered neighbour by neighbour instead, so that their shape
    /// survives.
    ///
    /// - Parameters:
    ///   - bars: One entry a cell, in the codec's order.
    ///   - ordered: Whether neighbouring cells may be merged.
    ///   - title: What a screen reader says of the chart.
    ///   - limit: The largest number of bars drawn.
    /// - Returns: An `<svg>` element.
    static func distribution(_ bars: [Bar], ordered: Bool, title: String, limit: Int = 24) -> String
    {
        let shown =
            ordered ? mergedNeighbours(bars, limit: limit) : gatheredTail(bars, limit: limit)
        let top = max(shown.map { max($0.measured, $0.synthetic) }.max() ?? 0, 1e-9)
        let row = 16.0, labelWidth = 150.0, plotWidth = 250.0
        let height = Double(shown.count) * row + 4
        var svg = open(width: labelWidth + plotWidth + 70, height: height, title: title)
        for (index, bar) in shown.enumerated() {
            let y = Double(index) * row + 2
            let width = max(0, bar.synthetic) / top * plotWidth
            let tick = labelWidth + max(0, bar.measured) / top * plotWidth
            svg += text(labelWidth - 6, y + 11, bar.label, anchor: "end", limit: 24)
            svg += rectangle(labelWidth, y + 2, width, row - 5, class: "bar")
            svg += line(tick, y, tick, y + row - 1, class: "tick")
            svg += text(
                labelWidth + plotWidth + 8, y + 11, formatted(bar.synthetic * 100, digits: 1) + " %"
            )
        }
        return svg + "</svg>"
    }

    /// Dots with whiskers on a common scale from 0, each with its threshold.
    ///
    /// - Parameters:
    ///   - intervals: The figures, top to bottom.
    ///   - title: What a screen reader says of the chart.
    /// - Returns: An `<svg>` element.
    static func intervals(_ intervals: [Interval], title: String) -> String {
        var low = 0.0, high = 1e-6
        for interval in intervals {
            low = min(low, interval.lower, interval.threshold ?? 0)
            high = max(high, interval.upper, interval.threshold ?? 0)
        }
        let row = 26.0, labelWidth = 290.0, plotWidth = 330.0
        let height = Double(intervals.count) * row + 18
        func x(_ value: Double) -> Double { labelWidth + (value - low) / (high - low) * plotWidth }
        var svg = open(width: labelWidth + plotWidth + 30, height: height, title: title)
        svg += line(x(0), 0, x(0), height - 14, class: "axis")
        for (index, interval) in intervals.enumerated() {
            let y = Double(index) * row + 13
            let state = interval.passes ? "good" : "bad"
            svg += text(labelWidth - 10, y + 4, interval.label, anchor: "end", limit: 48)
            svg += line(x(interval.lower), y, x(interval.upper), y, class: "whisker \(state)")
            if let value = interval.value {
                svg +=
                    "<circle class=\"\(state)\" cx=\"\(point(x(value)))\" cy=\"\(point(y))\" r=\"4\"/>"
            }
            if let threshold = interval.threshold {
                svg += line(x(threshold), y - 10, x(threshold), y + 10, class: "threshold")
            }
        }
        svg += text(x(low), height - 2, formatted(low, digits: 2))
        svg += text(x(high), height - 2, formatted(high, digits: 2), anchor: "end")
        return svg + "</svg>"
    }

    /// A budget as a bar: spent before, this release, and what remains under the cap.
    ///
    /// - Parameters:
    ///   - before: Share of the cap spent by earlier releases, 0 to 1.
    ///   - now: Share of the cap that this release takes, 0 to 1.
    ///   - title: What a screen reader says of the chart.
    /// - Returns: An `<svg>` element.
    static func budget(before: Double, now: Double, title: String) -> String {
        let width = 560.0
        let first = min(max(before, 0), 1) * width
        let second = min(max(now, 0), 1 - min(max(before, 0), 1)) * width
        return open(width: width, height: 22, title: title)
            + rectangle(0, 2, width, 18, class: "free")
            + rectangle(0, 2, first, 18, class: "spent")
            + rectangle(first, 2, second, 18, class: "bar") + "</svg>"
    }

    private static func gatheredTail(_ bars: [Bar], limit: Int) -> [Bar] {
        guard bars.count > limit else { return bars }
        // The choice of the bars shown follows the synthetic shares, which are public.
        let order = bars.indices.sorted {
            (bars[$0].synthetic, $1) > (bars[$1].synthetic, $0)
        }
        let kept = order.prefix(limit - 1).sorted()
        let rest = order.dropFirst(limit - 1)
        let tail = Bar(
            label: "\(rest.count) further cells",
            measured: rest.reduce(0) { $0 + bars[$1].measured },
            synthetic: rest.reduce(0) { $0 + bars[$1].synthetic })
        return kept.map { bars[$0] } + [tail]
    }

    private static func mergedNeighbours(_ bars: [Bar], limit: Int) -> [Bar] {
        guard bars.count > limit else { return bars }
        let size = (bars.count + limit - 1) / limit
        return stride(from: 0, to: bars.count, by: size).map { start in
            let group = bars[start..<min(start + size, bars.count)]
            let ends = [group.first, group.last].compactMap { $0?.label }
            return Bar(
                label: ends.first == ends.last ? ends[0] : ends.joined(separator: " … "),
                measured: group.reduce(0) { $0 + $1.measured },
                synthetic: group.reduce(0) { $0 + $1.synthetic })
        }
    }

    private static func open(width: Double, height: Double, title: String) -> String {
        "<svg role=\"img\" viewBox=\"0 0 \(point(width)) \(point(height))\""
            + " width=\"\(point(width))\" height=\"\(point(height))\">"
            + "<title>\(escaped(title))</title>"
    }

    private static func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, class name: String
    ) -> String {
        "<rect class=\"\(name)\" x=\"\(point(x))\" y=\"\(point(y))\" width=\"\(point(width))\""
            + " height=\"\(point(height))\"/>"
    }

    private static func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String
    ) -> String {
        "<line class=\"\(name)\" x1=\"\(point(x1))\" y1=\"\(point(y1))\" x2=\"\(point(x2))\""
            + " y2=\"\(point(y2))\"/>"
    }

    private static func text(
        _ x: Double, _ y: Double, _ label: String, anchor: String = "start", limit: Int = .max
    ) -> String {
        let short = label.count > limit ? String(label.prefix(limit - 1)) + "…" : label
        return "<text x=\"\(point(x))\" y=\"\(point(y))\" text-anchor=\"\(anchor)\">"
            + escaped(short) + "</text>"
    }

    /// Coordinates with one decimal and a plain minus sign, as SVG wants them.
    private static func point(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let rest = tenths.magnitude % 10
        return "\(sign)\(tenths.magnitude / 10)" + (rest == 0 ? "" : ".\(rest)")
    }
}
