// SPDX-License-Identifier: Apache-2.0

/// The table of a ledger in PostgreSQL, and who may do what with it.
///
/// The owner makes it once; releases run as roles that may only read and append. The constraints and
/// triggers stop mistakes of everyone, owner and superuser included; the hash chain finds what gets
/// around them.
enum PostgreSQLSchema {
    /// The SQLSTATE of a row that does not continue the chain at its end.
    static let elsewhere = "SL001"

    /// The key of the advisory lock that writers hold, "semblanc" in ASCII.
    static let lockKey: Int64 = 0x7365_6D62_6C61_6E63

    /// The script that an owner runs once in an empty schema.
    static let script = #"""
        -- The Semblance budget ledger: run once in its database, by its owner, who may create roles.
        -- One database holds one ledger.
        \set ON_ERROR_STOP on
        BEGIN;
        """# + "\n" + definition + "\n\n" + roles + "\nCOMMIT;"

    /// Table, constraints and triggers.
    ///
    /// `prev` is unique too: a chain has no branches.
    static let definition = """
        CREATE SCHEMA semblance;
        CREATE TABLE semblance.entry(
          seq BIGINT PRIMARY KEY CHECK (seq > 0),
          prev TEXT COLLATE "C" NOT NULL UNIQUE,
          body TEXT COLLATE "C" NOT NULL,
          hash TEXT COLLATE "C" NOT NULL UNIQUE,
          CONSTRAINT entry_hash CHECK (hash = encode(sha256(convert_to(body, 'UTF8')), 'hex'))
        );

        CREATE FUNCTION semblance.append_only() RETURNS trigger LANGUAGE plpgsql
          SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON semblance.entry
          FOR EACH STATEMENT EXECUTE FUNCTION semblance.append_only();

        CREATE FUNCTION semblance.contiguous() RETURNS trigger LANGUAGE plpgsql
          SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
          last semblance.entry;
        BEGIN
          SELECT * INTO last FROM semblance.entry ORDER BY seq DESC LIMIT 1;
          IF NEW.seq <> COALESCE(last.seq, 0) + 1
            OR NEW.prev <> COALESCE(last.hash, repeat('0', 64)) THEN
            RAISE EXCEPTION 'the ledger is a chain' USING ERRCODE = '\(elsewhere)';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER entry_contiguous BEFORE INSERT ON semblance.entry
          FOR EACH ROW EXECUTE FUNCTION semblance.contiguous();

        -- Also where a session poses as a replica.
        ALTER TABLE semblance.entry ENABLE ALWAYS TRIGGER entry_append_only;
        ALTER TABLE semblance.entry ENABLE ALWAYS TRIGGER entry_contiguous;
        """

    /// The roles, which several ledgers of a server share.
    static let roles = """
        DO $$
        BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'semblance_writer') THEN
            CREATE ROLE semblance_writer NOLOGIN;
          END IF;
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'semblance_reader') THEN
            CREATE ROLE semblance_reader NOLOGIN;
          END IF;
        END $$;
        REVOKE ALL ON SCHEMA semblance FROM PUBLIC;
        REVOKE ALL ON semblance.entry FROM PUBLIC;
        GRANT USAGE ON SCHEMA semblance TO semblance_writer, semblance_reader;
        GRANT SELECT, INSERT ON semblance.entry TO semblance_writer;
        GRANT SELECT ON semblance.entry TO semblance_reader;
        -- Then, for each role that runs releases: GRANT semblance_writer TO its_name;
        """
}
