// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

@Suite("The first record")
struct HeaderSnifferTests {
    private func hasHeader(_ text: String) -> Bool {
        HeaderSniffer.hasHeader(
            text.split(separator: "\n").map { line in
                line.split(separator: ",", omittingEmptySubsequences: false).map { Array($0.utf8) }
            })
    }

    @Test(
        "names the columns",
        arguments: [
            "id,name\n1,x\n2,y", "a,b\nx,y\nz,y", "name", "a,b", ",a,b\n0,x,1\n1,y,2",
            "day,what\n2024-01-01,x", "[id],[amount]\n1,2", "_x,ä\n1,2", "a,a\n1,2",
            "a,,b\n1,x,y\n2,x,z", "zip3,x9\n1,2",
        ])
    func names(text: String) { #expect(hasHeader(text)) }

    @Test(
        "is a record like the others",
        arguments: [
            "1,x\n2,y", "Anna,NA\nBert,3", "Anna,<5\nBert,3", "Anna,?\nBert,3", "Anna,1e3\nBert,3",
            "Anna,007\nBert,3", "2024-01-01,x\n2024-01-02,y", "no,no\nyes,no", "x,y\nx,z",
            "a,\nb,c", "Anna,\nBert,5",
        ])
    func records(text: String) { #expect(!hasHeader(text)) }
}
