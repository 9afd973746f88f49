// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import Tables

/// Schemas: one that is accepted has codecs whose texts lead back to their cells.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let schema = try? Schema(json: bytes, name: "fuzz") else { return 0 }
    for codec in schema.codecs {
        for code in stride(from: 0, to: codec.cellCount, by: max(1, codec.cellCount / 50)) {
            let positions = codec.positions(in: code)
            for position in [0, positions / 2, positions - 1] {
                var text: [UInt8] = []
                codec.append(code: code, position: position, to: &text)
                let back = codec.encode(text.span)
                precondition(back == code || codec.isOther(code), "a text leads elsewhere")
            }
        }
    }
    return 0
}
