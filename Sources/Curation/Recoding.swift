// SPDX-License-Identifier: Apache-2.0

/// A public merging of cells: for each attribute, which merged cell each of its cells belongs to.
///
/// It is made from the schema or from noisy counts, never from exact ones.
public struct Recoding: Sendable, Codable, Hashable {
    /// For each attribute the merged code of each code.
    public let maps: [[UInt16]]
    /// Merged cells of each attribute.
    public let sizes: [Int]

    /// Creates a recoding.
    ///
    /// - Parameters:
    ///   - maps: For each attribute the merged code of each code.
    ///   - sizes: Merged cells of each attribute; every merged code is below its size.
    public init(maps: [[UInt16]], sizes: [Int]) {
        precondition(maps.count == sizes.count, "one map an attribute")
        for (map, size) in zip(maps, sizes) {
            precondition(map.allSatisfy { Int($0) < size }, "merged codes are below their size")
        }
        self.maps = maps
        self.sizes = sizes
    }

    /// The recoding that merges nothing.
    ///
    /// - Parameter sizes: Cells of each attribute.
    /// - Returns: The identity.
    public static func identity(sizes: [Int]) -> Recoding {
        Recoding(maps: sizes.map { (0..<$0).map { UInt16($0) } }, sizes: sizes)
    }
}
