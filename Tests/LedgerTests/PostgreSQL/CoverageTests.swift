// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Which databases are tested")
struct CoverageTests {
    @Test(
        "where the tests are told to test PostgreSQL, a server is there and answers",
        .enabled(if: ProcessInfo.processInfo.environment["SEMBLANCE_TEST_POSTGRESQL"] != nil))
    func postgreSQLIsTested() throws {
        #expect(StoreUnderTest.all.contains(.postgreSQL))
        let answer = try TestServer.shared.get().psql("SHOW server_version_num")
        #expect((Int(answer) ?? 0) >= 130_000)
    }
}
