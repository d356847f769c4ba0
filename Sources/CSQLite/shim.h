#pragma once
#include <sqlite3.h>
#include <stddef.h>

/* sqlite3_config and sqlite3_db_config are variadic, SQLITE_TRANSIENT is a cast: none of them
   can be imported into Swift as they are. */

/* Turns off the accounting of memory, which costs a global lock for each allocation. */
static inline int signet_sqlite_start(void) {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return sqlite3_initialize();
}

/* Sets a boolean option of a connection; a negative value only reads it into *now. */
static inline int signet_sqlite_flag(sqlite3 *db, int option, int value, int *now) {
    return sqlite3_db_config(db, option, value, now);
}

/* Binds a copy of the bytes. */
static inline int signet_sqlite_bind_text(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(
        statement, index, bytes ? (const char *)bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int signet_sqlite_bind_blob(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    if (count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

/* Binds the bytes where they are: they must stay there until the statement is reset. */
static inline int signet_sqlite_bind_blob_in_place(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_STATIC);
}

/* Size of the main database file in bytes, -1 when unknown. It asks through the connection's own
   descriptor: closing another one would drop the process's POSIX locks on the file. */
static inline sqlite3_int64 signet_sqlite_file_size(sqlite3 *db) {
    sqlite3_file *file = NULL;
    sqlite3_int64 size = -1;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return -1;
    if (file == NULL || file->pMethods == NULL) return -1;
    return file->pMethods->xFileSize(file, &size) == SQLITE_OK ? size : -1;
}

/* Reads from the main database file through the connection's own descriptor; what lies past the
   end of the file reads as zero. */
static inline int signet_sqlite_file_read(sqlite3 *db, void *buffer, int count, sqlite3_int64 at) {
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK)
        return SQLITE_ERROR;
    if (file == NULL || file->pMethods == NULL) return SQLITE_ERROR;
    int code = file->pMethods->xRead(file, buffer, count, at);
    return code == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : code;
}

/* Makes the write-ahead log durable as it is: SQLite synchronises it before it is read back, but not
   after it was cut off. Without a log there is nothing to do. */
static inline int signet_sqlite_sync_log(sqlite3 *db) {
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK)
        return SQLITE_ERROR;
    if (file == NULL || file->pMethods == NULL) return SQLITE_OK;
    return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}
