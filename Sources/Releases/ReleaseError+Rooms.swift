// SPDX-License-Identifier: Apache-2.0

import Curation
import Governance
import Ledger
import Streams
import Synthesis
import Tables

// One place where a room's error becomes an exit code.
extension ReleaseError {
    init(_ error: StreamError) {
        let status: ExitStatus =
            switch error.kind {
            case .notFound, .notReadable, .isDirectory: .noInput
            case .corrupt, .unsafeEntry, .tooLarge: .dataInvalid
            case .exists, .notWritable: .cannotCreate
            case .diskFull, .io: .ioFailed
            }
        self.init(status, error.description)
    }

    init(_ error: TableError) {
        if case .stream(let cause) = error.kind {
            self.init(cause)
        } else if case .interrupted = error.kind {
            self.init(.interrupted, "interrupted: nothing was written, and nothing was charged")
        } else {
            self.init(.dataInvalid, error.description)
        }
    }

    init(_ error: CurationError) {
        switch error {
        case .table(let error): self.init(error)
        case .stream(let error): self.init(error)
        case .shard: self.init(.dataInvalid, error.description)
        case .interrupted: self.init(.interrupted, error.description)
        case .grant, .query: self.init(.software, error.description)
        case .noise: self.init(.configuration, error.description)
        }
    }

    init(_ error: SynthesisError) {
        switch error {
        case .curation(let error): self.init(error)
        case .noise, .model: self.init(.configuration, error.description)
        case .grant: self.init(.software, error.description)
        case .measurements: self.init(.dataInvalid, error.description)
        }
    }

    init(_ error: LedgerError) {
        let status: ExitStatus =
            switch error.kind {
            case .busy: .temporary
            case .unavailable: .unavailable
            case .corrupt: .dataInvalid
            case .budgetRefused: .budgetRefused
            case .capConflict, .misplaced: .configuration
            case .notFound: .noInput
            }
        self.init(status, error.description)
    }

    init(_ error: ConfigurationError) {
        self.init(.configuration, error.description)
    }
}
