// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import Tables

/// Delimited text: the header is given, the rest is the fuzzer's.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array("u,t,x,n,d\n".utf8) + Array(UnsafeBufferPointer(start: start, count: count))
    checkTwins(bytes, fuzzTable, format: .csv)
    return 0
}
