// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The time as it stands in documents.
///
/// `SOURCE_DATE_EPOCH` fixes it, so that an archive can be made again to the byte.
enum Clock {
    /// Seconds since 1970.
    static func seconds() -> Int64 {
        if let text = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"],
            let fixed = Int64(text), fixed >= 0
        {
            return fixed
        }
        return Int64(Date().timeIntervalSince1970)
    }

    /// Seconds since 1970 by the clock, whatever the environment says: for checks of expiry.
    static func now() -> Int64 { Int64(Date().timeIntervalSince1970) }

    /// A time as RFC 3339 in UTC.
    ///
    /// - Parameter seconds: Seconds since 1970.
    /// - Returns: Text like `2026-11-23T18:00:00Z`.
    static func timestamp(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    /// Today's date in UTC, `YYYY-MM-DD`.
    static func today() -> String {
        String(timestamp(now()).prefix(10))
    }
}
