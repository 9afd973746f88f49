// SPDX-License-Identifier: Apache-2.0

import CKernels

/// How often places meet in rows: a square matrix that threads share row by row.
@safe
final class PlaceCounts: @unchecked Sendable {
    let width: Int
    let base: UnsafeMutablePointer<UInt32>

    /// The counts of rows, above the diagonal: those of the attribute that comes first by row.
    ///
    /// - Parameters:
    ///   - rows: The rows.
    ///   - crew: Threads, which share the attributes. Complexity: O(rows × attributes² + places²).
    init(_ rows: PlaceRows, crew: Crew) {
        let layout = rows.layout
        width = layout.width
        unsafe base = .allocate(capacity: max(1, width * width))
        unsafe base.initialize(repeating: 0, count: width * width)
        crew.perform(layout.attributes.count) { position in
            // In bounds: places are below the width; each attribute's rows of the table are its own.
            unsafe semblance_count_places(
                rows.base, rows.count, layout.attributes.count, position, width, base)
        }
    }

    deinit { unsafe base.deallocate() }
}
