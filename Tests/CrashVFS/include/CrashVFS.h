#pragma once
#include <stdint.h>

/* A file system of SQLite's for tests of power cuts. Below one folder it remembers, of every file,
   what a disk would hold after the last synchronisation, and what was written since. At a cut every
   later operation fails; afterwards the files are put back as the disk would have them. Everything
   else passes through to the file system that SQLite uses otherwise.

   One thread at a time; the counters are those of the process. */

/* What the disk keeps of what was written after the last synchronisation. */
enum crash_vfs_loss {
    crash_vfs_loses_all = 0,     /* nothing of it */
    crash_vfs_keeps_front = 1,   /* a random number of writes, from the first */
    crash_vfs_keeps_some = 2,    /* each write or not, in 512-byte sectors, at random */
    crash_vfs_keeps_all = 3      /* all of it: the process alone has died */
};

/* Makes this the file system of connections that are opened from now on; 0 when it worked. */
int crash_vfs_install(void);

/* Takes it away again. */
void crash_vfs_remove(void);

/* Watches the files below `folder` from now on; what is there counts as synchronised. With `cut` the
   power goes at the operation of that number, counted from 1; with 0 it never goes. */
int crash_vfs_begin(const char *folder, int64_t cut);

/* How many operations that change files there were since crash_vfs_begin. */
int64_t crash_vfs_operations(void);

/* 1 after the power has gone. */
int crash_vfs_is_cut(void);

/* Puts the files as the disk has them, and ends the watch; 0 when it worked. Every connection must be
   closed. */
int crash_vfs_restart(enum crash_vfs_loss loss, uint64_t seed);
