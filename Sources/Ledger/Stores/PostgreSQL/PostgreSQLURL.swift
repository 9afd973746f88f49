// SPDX-License-Identifier: Apache-2.0

import CPostgreSQL

/// Where a PostgreSQL database is, in libpq's URL form, without secrets.
///
/// Host, user and all else that the URL leaves out come from libpq's own sources: environment, service
/// file and password file.
struct PostgreSQLURL: Sendable, Hashable {
    /// libpq's parameters that the URL sets.
    let parameters: [String: String]

    /// Whether a text means a database and not a file.
    static func isOne(_ text: String) -> Bool {
        // Schemes are written in any case elsewhere; libpq takes these two alone, and no path is meant.
        let lower = text.lowercased()
        return ["postgresql:", "postgres:"].contains { lower.hasPrefix($0) }
    }

    /// Reads a URL.
    ///
    /// - Parameter text: `postgresql://[user@][host][:port][/database][?parameter=value&…]`.
    /// - Throws: `LedgerError` of kind `misplaced` where it is none or has a password. The message shows
    ///   nothing of it, for it may hold one.
    init(_ text: String) throws(LedgerError) {
        guard let parameters = Self.parse(text) else {
            throw LedgerError(
                .misplaced,
                "ledger URL malformed: expected postgresql://user@host/database, with % escapes for all but "
                    + "letters, digits and -._~")
        }
        guard !parameters.keys.contains(where: { $0.hasSuffix("password") }) else {
            throw LedgerError(
                .misplaced,
                "ledger URL with a password: take it out; libpq reads it from the file that PGPASSFILE names "
                    + "(default ~/.pgpass, mode 0600) or from a service file")
        }
        self.parameters = parameters
    }

    /// How messages call the database.
    var name: String {
        if let service = parameters["service"] { return "postgresql://?service=\(service)" }
        // A folder of sockets is a host as well.
        let host = parameters["host"] ?? parameters["hostaddr"] ?? ""
        let port = parameters["port"].map { ":\($0)" } ?? ""
        return "postgresql://\(host)\(port)/\(parameters["dbname"] ?? "")"
    }

    private static func parse(_ text: String) -> [String: String]? {
        guard text.hasPrefix("postgresql://") || text.hasPrefix("postgres://"),
            !text.utf8.contains(0)
        else { return nil }
        var message: UnsafeMutablePointer<CChar>?
        // A C string that lives for the call; the message may quote the URL, so it is not looked at.
        let list = unsafe PQconninfoParse(text, &message)
        unsafe PQfreemem(message)
        guard let list = unsafe list else { return nil }
        defer { unsafe PQconninfoFree(list) }
        var parameters: [String: String] = [:]
        var option = unsafe list
        // The list ends with an option without a name.
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                parameters[unsafe String(cString: keyword)] = unsafe String(cString: value)
            }
            unsafe option += 1
        }
        return parameters
    }
}
