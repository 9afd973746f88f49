// SPDX-License-Identifier: Apache-2.0

/// SHA256SUMS as `sha256sum` writes and checks it.
struct ChecksumList: Equatable {
    /// One file.
    struct Item: Equatable {
        let name: String
        let sha256: String
    }

    /// Files sorted by the bytes of their names.
    let entries: [Item]

    /// A list of files; names are plain ASCII without line ends.
    init(entries: [Item]) {
        self.entries = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Reads a list; `nil` where a line is malformed or a name is listed twice.
    init?(text: String) {
        var entries: [Item] = []
        guard text.hasSuffix("\n") else { return nil }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let digest = line.prefix(64)
            let name = line.dropFirst(66)
            guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit),
                line.dropFirst(64).prefix(2) == "  ", !name.isEmpty,
                !line.contains("\\")
            else { return nil }
            entries.append(Item(name: String(name), sha256: String(digest)))
        }
        guard Set(entries.map(\.name)).count == entries.count else { return nil }
        self.entries = entries
    }

    /// The file's text.
    var text: String { entries.map { "\($0.sha256)  \($0.name)\n" }.joined() }
}
