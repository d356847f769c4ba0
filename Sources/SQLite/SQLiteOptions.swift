/// What a connection may do with its file.
package enum SQLiteOpenMode: Sendable, Hashable {
    /// Read and write; a file that is missing is made, with mode 0600.
    case create
    /// Read and write an existing database.
    case readWrite
    /// Read an existing database.
    case readOnly
}

/// Settings that differ between databases; what protects the data is the same for all of them.
package struct SQLiteOptions: Sendable, Hashable {
    /// How long a lock held by another connection is waited for.
    package var busyTimeout: Duration
    /// Memory for pages, in KiB, filled as pages are read.
    package var cacheKiB: Int
    /// Pages in the write-ahead log that start a checkpoint.
    package var checkpointPages: Int
    /// Bytes of a page of a new file: a power of two from 512 to 65,536.
    package var pageBytes: Int
    /// Whether deleted content is overwritten with zeros in the file.
    package var secureDelete: Bool
    /// The number that marks the file as one of ours: written into a new file, required of an old
    /// one, and neither when `nil`.
    package var applicationID: Int32?

    /// Settings for a small database that holds secrets.
    package init(
        busyTimeout: Duration = .seconds(5), cacheKiB: Int = 8_192, checkpointPages: Int = 4_096,
        pageBytes: Int = 4_096, secureDelete: Bool = true, applicationID: Int32? = nil
    ) {
        self.busyTimeout = busyTimeout
        self.cacheKiB = cacheKiB
        self.checkpointPages = checkpointPages
        self.pageBytes = pageBytes
        self.secureDelete = secureDelete
        self.applicationID = applicationID
    }
}
