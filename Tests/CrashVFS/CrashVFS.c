#include "CrashVFS.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 32
#define SECTOR 512

/* A write, a truncation or, without bytes and with size -1, a deletion that is not durable yet. */
struct change {
    sqlite3_int64 at;
    sqlite3_int64 size; /* of the file after a truncation; -2 for a write */
    int count;
    unsigned char *bytes;
};

/* What the disk has of one file. */
struct disk_file {
    char path[512];
    int exists;
    unsigned char *bytes;
    sqlite3_int64 size;
    struct change *changes;
    int change_count, change_room;
};

struct crash_file {
    sqlite3_file base;
    struct disk_file *disk;
    sqlite3_file *real;
};

static sqlite3_vfs *underlying;
static sqlite3_vfs crash;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static struct disk_file files[MAX_FILES];
static int file_count, watching, is_cut;
static char folder[400];
static sqlite3_int64 operations, cut_at;

/* Counts one operation; 1 when the power is gone. */
static int fails(void) {
    if (!watching) return 0;
    pthread_mutex_lock(&guard);
    operations++;
    if (cut_at > 0 && operations >= cut_at) is_cut = 1;
    int result = is_cut;
    pthread_mutex_unlock(&guard);
    return result;
}

static int is_watched(const char *path) {
    size_t length = strlen(folder);
    return watching && path != NULL && strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* Appends zeros or cuts off. */
static int resize(struct disk_file *file, sqlite3_int64 size) {
    if (size > file->size) {
        unsigned char *grown = realloc(file->bytes, (size_t)size);
        if (grown == NULL) return SQLITE_NOMEM;
        memset(grown + file->size, 0, (size_t)(size - file->size));
        file->bytes = grown;
    }
    file->size = size;
    return SQLITE_OK;
}

static int apply_bytes(
    struct disk_file *file, const unsigned char *bytes, int count, sqlite3_int64 at) {
    if (at + count > file->size && resize(file, at + count) != SQLITE_OK) return SQLITE_NOMEM;
    memcpy(file->bytes + at, bytes, (size_t)count);
    file->exists = 1;
    return SQLITE_OK;
}

static int apply(struct disk_file *file, const struct change *change) {
    if (change->size == -2) return apply_bytes(file, change->bytes, change->count, change->at);
    if (change->size == -1) {
        file->exists = 0;
        return resize(file, 0);
    }
    file->exists = 1;
    return resize(file, change->size);
}

static void forget(struct disk_file *file) {
    for (int index = 0; index < file->change_count; index++) free(file->changes[index].bytes);
    file->change_count = 0;
}

static int note(
    struct disk_file *file, const void *bytes, int count, sqlite3_int64 at, sqlite3_int64 size) {
    if (file->change_count == file->change_room) {
        int room = file->change_room * 2 + 16;
        struct change *grown = realloc(file->changes, sizeof(struct change) * (size_t)room);
        if (grown == NULL) return SQLITE_NOMEM;
        file->changes = grown;
        file->change_room = room;
    }
    struct change change = {at, size, count, NULL};
    if (bytes != NULL) {
        change.bytes = malloc((size_t)count + 1);
        if (change.bytes == NULL) return SQLITE_NOMEM;
        memcpy(change.bytes, bytes, (size_t)count);
    }
    file->changes[file->change_count++] = change;
    return SQLITE_OK;
}

/* What the disk has of a file of this path; reads it when it is seen for the first time. */
static struct disk_file *disk_file(const char *path) {
    for (int index = 0; index < file_count; index++)
        if (strcmp(files[index].path, path) == 0) return &files[index];
    if (file_count == MAX_FILES || strlen(path) >= sizeof files[0].path) return NULL;
    struct disk_file *file = &files[file_count++];
    memset(file, 0, sizeof *file);
    strcpy(file->path, path);
    /* Through a descriptor of its own: no connection has the file open yet, so no lock is lost. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return file;
    struct stat status;
    if (fstat(descriptor, &status) == 0 && resize(file, status.st_size) == SQLITE_OK) {
        sqlite3_int64 used = 0;
        while (used < file->size) {
            ssize_t got = read(descriptor, file->bytes + used, (size_t)(file->size - used));
            if (got <= 0) break;
            used += got;
        }
        file->exists = 1;
    }
    close(descriptor);
    return file;
}

/* ---- methods of a file ---- */

#define SELF(file) ((struct crash_file *)(file))
#define REAL(file) (SELF(file)->real)

static int crash_close(sqlite3_file *file) { return REAL(file)->pMethods->xClose(REAL(file)); }

static int crash_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 at) {
    if (SELF(file)->disk != NULL && is_cut) return SQLITE_IOERR_READ;
    return REAL(file)->pMethods->xRead(REAL(file), bytes, count, at);
}

static int crash_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at) {
    struct disk_file *disk = SELF(file)->disk;
    if (disk != NULL) {
        if (fails()) return SQLITE_IOERR_WRITE;
        if (note(disk, bytes, count, at, -2) != SQLITE_OK) return SQLITE_NOMEM;
    }
    return REAL(file)->pMethods->xWrite(REAL(file), bytes, count, at);
}

static int crash_truncate(sqlite3_file *file, sqlite3_int64 size) {
    struct disk_file *disk = SELF(file)->disk;
    if (disk != NULL) {
        if (fails()) return SQLITE_IOERR_TRUNCATE;
        if (note(disk, NULL, 0, 0, size) != SQLITE_OK) return SQLITE_NOMEM;
    }
    return REAL(file)->pMethods->xTruncate(REAL(file), size);
}

static int crash_sync(sqlite3_file *file, int flags) {
    struct disk_file *disk = SELF(file)->disk;
    if (disk == NULL) return REAL(file)->pMethods->xSync(REAL(file), flags);
    if (fails()) return SQLITE_IOERR_FSYNC;
    for (int index = 0; index < disk->change_count; index++)
        if (apply(disk, &disk->changes[index]) != SQLITE_OK) return SQLITE_NOMEM;
    forget(disk);
    disk->exists = 1;
    return SQLITE_OK;
}

static int crash_file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return REAL(file)->pMethods->xFileSize(REAL(file), size);
}

static int crash_lock(sqlite3_file *file, int level) {
    return REAL(file)->pMethods->xLock(REAL(file), level);
}

static int crash_unlock(sqlite3_file *file, int level) {
    return REAL(file)->pMethods->xUnlock(REAL(file), level);
}

static int crash_check_lock(sqlite3_file *file, int *result) {
    return REAL(file)->pMethods->xCheckReservedLock(REAL(file), result);
}

static int crash_control(sqlite3_file *file, int operation, void *argument) {
    return REAL(file)->pMethods->xFileControl(REAL(file), operation, argument);
}

static int crash_sector_size(sqlite3_file *file) {
    return REAL(file)->pMethods->xSectorSize(REAL(file));
}

/* The same promises, so that SQLite goes the same ways. */
static int crash_characteristics(sqlite3_file *file) {
    return REAL(file)->pMethods->xDeviceCharacteristics(REAL(file));
}

static int crash_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **map) {
    return REAL(file)->pMethods->xShmMap(REAL(file), page, size, extend, map);
}

static int crash_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return REAL(file)->pMethods->xShmLock(REAL(file), offset, count, flags);
}

static void crash_shm_barrier(sqlite3_file *file) {
    REAL(file)->pMethods->xShmBarrier(REAL(file));
}

static int crash_shm_unmap(sqlite3_file *file, int remove) {
    return REAL(file)->pMethods->xShmUnmap(REAL(file), remove);
}

static const sqlite3_io_methods methods = {
    2, crash_close, crash_read, crash_write, crash_truncate, crash_sync, crash_file_size,
    crash_lock, crash_unlock, crash_check_lock, crash_control, crash_sector_size,
    crash_characteristics, crash_shm_map, crash_shm_lock, crash_shm_barrier, crash_shm_unmap,
    NULL, NULL,
};

/* ---- methods of the file system ---- */

static int crash_open(
    sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *given) {
    struct crash_file *self = SELF(file);
    self->base.pMethods = NULL;
    self->real = (sqlite3_file *)(self + 1);
    self->disk = NULL;
    if (is_watched(path)) {
        if (is_cut) return SQLITE_CANTOPEN;
        pthread_mutex_lock(&guard);
        self->disk = disk_file(path);
        pthread_mutex_unlock(&guard);
        if (self->disk == NULL) return SQLITE_NOMEM;
    }
    int code = underlying->xOpen(underlying, path, self->real, flags, given);
    if (self->real->pMethods != NULL) self->base.pMethods = &methods;
    return code;
}

static int crash_delete(sqlite3_vfs *vfs, const char *path, int durable) {
    if (is_watched(path)) {
        if (fails()) return SQLITE_IOERR_DELETE;
        pthread_mutex_lock(&guard);
        struct disk_file *disk = disk_file(path);
        pthread_mutex_unlock(&guard);
        if (disk == NULL || note(disk, NULL, 0, 0, -1) != SQLITE_OK) return SQLITE_NOMEM;
        if (durable) {
            forget(disk);
            disk->exists = 0;
            disk->size = 0;
        }
    }
    return underlying->xDelete(underlying, path, 0);
}

static int crash_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    return underlying->xAccess(underlying, path, flags, result);
}

static int crash_full_path(sqlite3_vfs *vfs, const char *path, int room, char *full) {
    return underlying->xFullPathname(underlying, path, room, full);
}

static int crash_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    return underlying->xRandomness(underlying, count, bytes);
}

static int crash_sleep(sqlite3_vfs *vfs, int microseconds) {
    return underlying->xSleep(underlying, microseconds);
}

static int crash_time(sqlite3_vfs *vfs, double *now) {
    return underlying->xCurrentTime(underlying, now);
}

static int crash_last_error(sqlite3_vfs *vfs, int room, char *text) {
    return underlying->xGetLastError(underlying, room, text);
}

static int crash_time_64(sqlite3_vfs *vfs, sqlite3_int64 *now) {
    return underlying->xCurrentTimeInt64(underlying, now);
}

/* ---- what tests call ---- */

int crash_vfs_install(void) {
    if (underlying == NULL) {
        underlying = sqlite3_vfs_find(NULL);
        if (underlying == NULL) return SQLITE_ERROR;
        crash = (sqlite3_vfs){
            .iVersion = 2,
            .szOsFile = (int)sizeof(struct crash_file) + underlying->szOsFile,
            .mxPathname = underlying->mxPathname,
            .zName = "crash",
            .xOpen = crash_open,
            .xDelete = crash_delete,
            .xAccess = crash_access,
            .xFullPathname = crash_full_path,
            .xRandomness = crash_randomness,
            .xSleep = crash_sleep,
            .xCurrentTime = crash_time,
            .xGetLastError = crash_last_error,
            .xCurrentTimeInt64 = crash_time_64,
        };
    }
    return sqlite3_vfs_register(&crash, 1);
}

void crash_vfs_remove(void) {
    if (underlying != NULL) {
        sqlite3_vfs_register(underlying, 1);
        sqlite3_vfs_unregister(&crash);
    }
}

static void clear(void) {
    for (int index = 0; index < file_count; index++) {
        forget(&files[index]);
        free(files[index].changes);
        free(files[index].bytes);
    }
    file_count = 0;
    watching = 0;
    is_cut = 0;
}

int crash_vfs_begin(const char *path, int64_t cut) {
    if (underlying == NULL || strlen(path) >= sizeof folder) return SQLITE_ERROR;
    clear();
    strcpy(folder, path);
    operations = 0;
    cut_at = cut;
    watching = 1;
    return SQLITE_OK;
}

int64_t crash_vfs_operations(void) { return operations; }

int crash_vfs_is_cut(void) { return is_cut; }

/* SplitMix64. */
static uint64_t next(uint64_t *state) {
    uint64_t value = *state += 0x9e3779b97f4a7c15;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

/* Applies a write sector by sector, each or not. */
static int apply_sectors(struct disk_file *file, const struct change *change, uint64_t *seed) {
    int done = 0;
    while (done < change->count) {
        int left = SECTOR - (int)((change->at + done) % SECTOR);
        int count = change->count - done < left ? change->count - done : left;
        if (next(seed) % 2 == 0
            && apply_bytes(file, change->bytes + done, count, change->at + done) != SQLITE_OK)
            return SQLITE_NOMEM;
        done += count;
    }
    return SQLITE_OK;
}

static int settle(struct disk_file *file, enum crash_vfs_loss loss, uint64_t *seed) {
    int kept = file->change_count;
    if (loss == crash_vfs_loses_all) kept = 0;
    if (loss == crash_vfs_keeps_front) kept = (int)(next(seed) % (uint64_t)(kept + 1));
    for (int index = 0; index < kept; index++) {
        const struct change *change = &file->changes[index];
        int code;
        if (loss != crash_vfs_keeps_some) code = apply(file, change);
        else if (change->size == -2) code = apply_sectors(file, change, seed);
        else code = next(seed) % 2 == 0 ? apply(file, change) : SQLITE_OK;
        if (code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
}

static int put(const struct disk_file *file) {
    if (!file->exists) return unlink(file->path) == 0 || access(file->path, F_OK) != 0 ? 0 : 1;
    int descriptor = open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return 1;
    sqlite3_int64 used = 0;
    while (used < file->size) {
        ssize_t done = write(descriptor, file->bytes + used, (size_t)(file->size - used));
        if (done <= 0) break;
        used += done;
    }
    close(descriptor);
    return used == file->size ? 0 : 1;
}

int crash_vfs_restart(enum crash_vfs_loss loss, uint64_t seed) {
    int code = 0;
    for (int index = 0; index < file_count && code == 0; index++) {
        char shared[520];
        strcpy(shared, files[index].path);
        strcat(shared, "-shm");
        unlink(shared);
        code = settle(&files[index], loss, &seed);
        if (code == 0) code = put(&files[index]);
    }
    clear();
    return code;
}
