// SPDX-License-Identifier: Apache-2.0

import CPostgreSQL
import Glibc

/// Owner of one connection to a PostgreSQL server.
///
/// Values reach the server as parameters, never as parts of a statement. Safe to pass around: both
/// pointers live exactly as long as their owner. Safe to send: libpq ties no connection to a thread, and
/// all that uses one is mutating, so that it has it for itself.
@safe
struct PostgreSQLConnection: ~Copyable, @unchecked Sendable {
    /// What a statement returned.
    struct Result: Equatable {
        /// The command as the server names it; a COMMIT that could only undo is a ROLLBACK.
        let command: String
        /// The rows, as texts.
        let rows: [[String]]
    }

    private let raw: OpaquePointer
    private let warned: UnsafeMutablePointer<Bool>

    /// Connects.
    ///
    /// - Parameters:
    ///   - url: The database.
    ///   - limit: Seconds to wait for each address of the server; libpq waits at least 2.
    /// - Throws: `PostgreSQLError.notConnected`.
    init(to url: PostgreSQLURL, limit: Double) throws(PostgreSQLError) {
        // A server that is gone without a word is noticed within half a minute.
        let defaults = [
            "connect_timeout": String(Int(min(max(limit, 2), 600).rounded(.up))),
            "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
            "fallback_application_name": "semblance",
        ]
        var parameters = defaults.merging(url.parameters) { $1 }
        parameters["client_encoding"] = "UTF8"
        let sorted = parameters.sorted { $0.key < $1.key }
        let made = unsafe Self.withCStrings(sorted.map(\.key)) { keywords in
            unsafe Self.withCStrings(sorted.map(\.value)) { values in
                unsafe PQconnectdbParams(keywords, values, 0)
            }
        }
        // libpq makes none only when memory is exhausted.
        guard let made = unsafe made else { preconditionFailure("out of memory") }
        guard unsafe PQstatus(made) == CONNECTION_OK else {
            // Names address, database and user; never a password.
            let reason = unsafe String(cString: PQerrorMessage(made))
            unsafe PQfinish(made)
            throw .notConnected(Self.line(reason))
        }
        unsafe raw = made
        unsafe warned = .allocate(capacity: 1)
        unsafe warned.initialize(to: false)
        // Notices would go to standard error otherwise, and may quote values.
        unsafe PQsetNoticeReceiver(
            raw,
            { flag, notice in
                let severity = unsafe PQresultErrorField(
                    notice, PostgreSQLConnection.severityField)
                guard let severity = unsafe severity, unsafe strcmp(severity, "WARNING") == 0
                else { return }
                unsafe flag?.assumingMemoryBound(to: Bool.self).pointee = true
            }, warned)
    }

    deinit {
        unsafe PQfinish(raw)
        unsafe warned.deallocate()
    }

    /// Runs one statement.
    ///
    /// - Parameters:
    ///   - sql: The statement, written here and nowhere else.
    ///   - parameters: The values of `$1`, `$2`, …
    ///   - silence: Milliseconds for which the server may say nothing.
    /// - Returns: What it returned.
    /// - Throws: `PostgreSQLError`: `refused`, or `lost`, after which the connection is of no use.
    mutating func run(
        _ sql: String, _ parameters: [String] = [], silence: Int
    ) throws(PostgreSQLError) -> Result {
        let isSent = unsafe Self.withCStrings(parameters) { values in
            // In bounds: as many values as it is told of.
            unsafe PQsendQueryParams(
                raw, sql, Int32(parameters.count), nil, values, nil, nil, 0)
        }
        guard isSent == 1 else { throw .lost }
        var outcome: Swift.Result<Result, PostgreSQLError>?
        while true {
            try awaitAnswer(silence: silence)
            guard let answer = unsafe PQgetResult(raw) else { break }
            let read = unsafe Self.read(answer)
            unsafe PQclear(answer)
            // What comes after an error is of no interest.
            if case .failure = outcome { continue }
            outcome = read
        }
        guard unsafe PQstatus(raw) == CONNECTION_OK, let outcome else { throw .lost }
        return try outcome.get()
    }

    /// Whether the server has warned since this was last asked.
    ///
    /// A COMMIT whose wait for a standby was cancelled ends well, with a warning.
    mutating func takeWarning() -> Bool {
        defer { unsafe warned.pointee = false }
        return unsafe warned.pointee
    }

    private borrowing func awaitAnswer(silence: Int) throws(PostgreSQLError) {
        while unsafe PQisBusy(raw) == 1 {
            var entry = pollfd(fd: unsafe PQsocket(raw), events: Int16(POLLIN), revents: 0)
            // One entry, which lives for the call.
            let count = unsafe poll(&entry, 1, Int32(clamping: silence))
            if count < 0, errno == EINTR { continue }
            guard count > 0, unsafe PQconsumeInput(raw) == 1 else { throw .lost }
        }
    }

    /// The fields of a server's error that are read, as the protocol names them.
    private static let codeField = Int32(UInt8(ascii: "C"))
    private static let severityField = Int32(UInt8(ascii: "V"))

    private static func read(
        _ answer: OpaquePointer
    ) -> Swift.Result<Result, PostgreSQLError> {
        switch unsafe PQresultStatus(answer) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
            let columns = unsafe PQnfields(answer)
            // In bounds: rows and columns as many as the answer says it has.
            let rows = unsafe (0..<PQntuples(answer)).map { row in
                (0..<columns).map { column in
                    unsafe String(cString: PQgetvalue(answer, row, column))
                }
            }
            return .success(
                Result(command: unsafe String(cString: PQcmdStatus(answer)), rows: rows))
        default:
            // libpq itself has no code when the connection breaks.
            guard let code = unsafe PQresultErrorField(answer, codeField) else {
                return .failure(.lost)
            }
            return .failure(.refused(unsafe String(cString: code)))
        }
    }

    /// Texts as C strings, which live for the call, and a null pointer after the last.
    private static func withCStrings<R>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> R
    ) -> R {
        let copies = unsafe texts.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        var pointers = unsafe copies.map { unsafe UnsafePointer<CChar>($0) }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline)
            .map { $0.drop(while: \.isWhitespace) }.joined(separator: "; ")
    }
}
