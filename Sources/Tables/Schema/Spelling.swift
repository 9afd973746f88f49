// SPDX-License-Identifier: Apache-2.0

/// Finds the word that somebody meant.
public enum Spelling {
    /// The known word that a misspelled one is nearest to, by letters put in, left out, changed or
    /// exchanged with their neighbour (optimal string alignment distance, Boytsov 2011).
    ///
    /// Up to two such slips are forgiven, and one in words of fewer than five letters.
    ///
    /// - Parameters:
    ///   - word: What was written. Words above 64 letters are nobody's slip.
    ///   - known: The words that there are.
    /// - Returns: The nearest; of equally near ones the first of `known`. `nil` where none is near, or the word
    ///   is one of them.
    public static func nearest(to word: String, among known: [String]) -> String? {
        let written = Array(word.lowercased())
        guard written.count <= 64, !known.contains(word) else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in known {
            let letters = Array(candidate.lowercased())
            let allowed = min(written.count, letters.count) < 5 ? 1 : 2
            let distance = distance(written, letters)
            guard distance <= allowed, distance < best?.distance ?? .max else { continue }
            best = (candidate, distance)
        }
        return best?.word
    }

    /// The advice for a message: `; did you mean X?`, or nothing.
    ///
    /// - Parameters:
    ///   - word: What was written.
    ///   - known: The words that there are.
    /// - Returns: The advice with a semicolon before it, or an empty text.
    public static func advice(for word: String, among known: [String]) -> String {
        nearest(to: word, among: known).map { "; did you mean \($0)?" } ?? ""
    }

    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var older: [Int] = []
        var before = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var least = min(before[j + 1], row[j]) + 1
                least = min(least, before[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    least = min(least, older[j - 1] + 1)
                }
                row.append(least)
            }
            older = before
            before = row
        }
        return before[right.count]
    }
}
