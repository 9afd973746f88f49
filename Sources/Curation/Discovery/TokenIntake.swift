// SPDX-License-Identifier: Apache-2.0

import Privacy
import Streams
import Tables

/// Turns the values of open columns into tokens on their way to the spools.
final class TokenIntake: Sendable {
    let layout: TokenLayout
    /// For each open column its texts; nil where values are numbers.
    let spills: [TextSpill?]
    private let hashes: [KeyedHash]
    private let lanes: [Lane]

    /// What one thread needs; only that thread touches it.
    private final class Lane: @unchecked Sendable {
        var spillers: [TextSpiller?]

        init(_ spills: [TextSpill?]) { spillers = spills.map { $0.map { TextSpiller($0) } } }
    }

    init(
        _ layout: TokenLayout, hash: KeyedHash, options: CurationOptions
    ) throws(StreamError) {
        self.layout = layout
        var spills: [TextSpill?] = []
        for (_, isText) in layout.open {
            spills.append(
                isText
                    ? try TextSpill(
                        in: options.temporaryDirectory, encrypted: options.encryptSpool)
                    : nil)
        }
        self.spills = spills
        hashes = layout.open.indices.map { Self.hash(hash, open: $0) }
        let made = spills
        lanes = (0..<options.workers).map { _ in Lane(made) }
    }

    /// The hash of a column's texts: 5 is this use's own label, see `Intake`.
    static func hash(_ hash: KeyedHash, open: Int) -> KeyedHash {
        hash.derived(5).derived(UInt64(open))
    }

    /// Puts the tokens of a block's open values into its words.
    func place(_ block: inout CodeBlock, worker: Int) throws(StreamError) {
        // What is charged for hashes that meet holds below this: terabytes of tokens.
        precondition(
            block.firstNumber + UInt64(block.rowCount) <= UInt64(ThresholdPlan.mostRecords),
            "a table has at most 2^38 records")
        let lane = lanes[worker]
        for open in layout.open.indices {
            for row in 0..<block.rowCount {
                let token: Token
                switch block.open[open].values[row] {
                case .missing: token = .missing
                case .other: token = .other
                case .number(let value, let isExact):
                    token = Token(number: value, isExact: isExact)
                case .text:
                    let text = block.open[open].text(row)
                    token = Token(text: hashes[open](text))
                    try lane.spillers[open]?.append(token, text)
                }
                layout.set(token, open: open, row: row, in: &block)
            }
        }
    }

    /// Writes what is buffered.
    func finish() throws(StreamError) {
        for lane in lanes {
            for open in lane.spillers.indices { try lane.spillers[open]?.flush() }
        }
    }
}
