// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import Tables

/// JSON Lines: all of it is the fuzzer's.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    checkTwins(bytes, fuzzTable, format: .jsonl)
    return 0
}
