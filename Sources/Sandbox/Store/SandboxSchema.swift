internal import SQLite

/// The tables of `sandbox.db`.
///
/// Accepting a message writes one row of `message` and a counter. Everything else about it —
/// `summary`, which lists are made of, and `search` — is written afterwards by the indexer, in the
/// order of `message.number`; `progress.indexed` is the last number that it has dealt with.
enum SandboxSchema {
    /// Marks the file as ours: "SgSb".
    static let applicationID: Int32 = 0x5367_5362
    static let version: Int64 = 1

    /// How a connection to the file is opened: pages of 16 KiB hold several mails, and 32 MiB of
    /// log are gathered before they are moved into the file.
    static func options(cacheKiB: Int) -> SQLiteOptions {
        SQLiteOptions(
            busyTimeout: .seconds(30), cacheKiB: cacheKiB, checkpointPages: 2_048,
            pageBytes: 16_384, secureDelete: false, applicationID: applicationID)
    }

    /// Makes the tables unless they are there.
    static func prepare(_ connection: SQLiteConnection, now: Int64) throws(SQLiteError) {
        if try isReady(connection) { return }
        try connection.transaction { () throws(SQLiteError) in
            // Another process may have been quicker.
            if try isReady(connection) { return }
            try connection.execute(script)
            _ = try connection.run(
                "INSERT INTO progress (one, version, indexed) VALUES (1, ?, 0)", [.integer(version)]
            )
            _ = try connection.run(
                "INSERT INTO inbox (name, folded, created) VALUES ('default', 'default', ?)",
                [.integer(now)])
        }
    }

    private static func isReady(_ connection: SQLiteConnection) throws(SQLiteError) -> Bool {
        guard
            try connection.first("SELECT 1 FROM sqlite_schema WHERE name = 'progress'") != nil
        else { return false }
        let found = try connection.first("SELECT version FROM progress")?.integer(0)
        guard found == version else {
            throw .other(code: 0, message: "the sandbox file belongs to another version")
        }
        return true
    }

    private static let script: SQL = """
        CREATE TABLE inbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            folded TEXT NOT NULL UNIQUE,
            created INTEGER NOT NULL,
            last_seq INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE message (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            inbox INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            id BLOB NOT NULL,
            received INTEGER NOT NULL,
            size INTEGER NOT NULL,
            mail_from TEXT NOT NULL,
            mail_parameters TEXT NOT NULL,
            rcpt_to TEXT NOT NULL,
            rcpt_parameters TEXT NOT NULL,
            session TEXT NOT NULL,
            peer TEXT NOT NULL,
            helo TEXT NOT NULL,
            is_extended INTEGER NOT NULL,
            tls_version TEXT,
            tls_cipher TEXT,
            auth_mechanism TEXT,
            auth_identity TEXT,
            raw BLOB NOT NULL
        ) STRICT;
        CREATE TABLE summary (
            number INTEGER PRIMARY KEY,
            inbox INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            id BLOB NOT NULL,
            received INTEGER NOT NULL,
            size INTEGER NOT NULL,
            mail_from TEXT NOT NULL,
            mail_parameters TEXT NOT NULL,
            rcpt_to TEXT NOT NULL,
            rcpt_parameters TEXT NOT NULL,
            sender TEXT NOT NULL,
            recipients TEXT NOT NULL,
            cc TEXT NOT NULL,
            subject TEXT NOT NULL,
            message_id TEXT,
            attachments INTEGER NOT NULL,
            snippet TEXT NOT NULL,
            parse_error TEXT
        ) STRICT;
        CREATE UNIQUE INDEX summary_seq ON summary (inbox, seq);
        CREATE UNIQUE INDEX summary_id ON summary (id);
        CREATE TABLE progress (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            version INTEGER NOT NULL,
            indexed INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE doomed (number INTEGER PRIMARY KEY) STRICT;
        CREATE VIRTUAL TABLE search USING fts5 (
            subject, sender, recipients, cc, rcpt, message_id, attachments, body,
            tokenize = 'trigram'
        );
        """
}
