#pragma once
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

/* The layout of `struct ucred`, which needs _GNU_SOURCE. */
struct signet_peer {
    int pid;
    unsigned int uid;
    unsigned int gid;
};

/* Fills `out` with the credentials of a Unix socket's peer; 0, or -1 with errno. */
static inline int signet_peer_credentials(int descriptor, struct signet_peer *out) {
    socklen_t size = sizeof *out;
    return getsockopt(descriptor, SOL_SOCKET, 17 /* SO_PEERCRED */, out, &size);
}

/* Asks for an immediate acknowledgement of what has been received. */
static inline void signet_quick_ack(int descriptor) {
    int on = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/* Lets several sockets share one address; 0, or -1 with errno. */
static inline int signet_reuse_port(int descriptor) {
    int on = 1;
    return setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
}

/* The value of TCP_NODELAY, or -1. */
static inline int signet_no_delay(int descriptor) {
    int value = -1;
    socklen_t size = sizeof value;
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &value, &size) != 0) return -1;
    return value;
}

/* Duplicates a descriptor, close-on-exec; -1 with errno. */
static inline int signet_duplicate(int descriptor) {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

/* A Unix stream socket bound to `path` with the given file mode from its first moment on:
   Linux takes the mode of the new file from the socket's own inode. -1 with errno. */
static inline int signet_unix_socket(const char *path, size_t length, unsigned int mode) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (size_t i = 0; i < length; i++) address.sun_path[i] = path[i];
    int descriptor = socket(AF_UNIX, SOCK_STREAM | 04000 /* NONBLOCK */ | 02000000 /* CLOEXEC */, 0);
    if (descriptor < 0) return -1;
    if (fchmod(descriptor, mode) != 0
        || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        int kept = errno;
        close(descriptor);
        errno = kept;
        return -1;
    }
    return descriptor;
}

/* Whether somebody listens at the Unix socket `path`: 1 yes, 0 no (stale), -1 with errno. */
static inline int signet_unix_is_served(const char *path, size_t length) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (size_t i = 0; i < length; i++) address.sun_path[i] = path[i];
    int descriptor = socket(AF_UNIX, SOCK_STREAM | 04000 | 02000000, 0);
    if (descriptor < 0) return -1;
    int result = connect(descriptor, (struct sockaddr *)&address, sizeof address);
    int kept = errno;
    close(descriptor);
    errno = kept;
    if (result == 0 || kept == EAGAIN || kept == EINPROGRESS) return 1;
    return kept == ECONNREFUSED ? 0 : -1;
}

/* The calling thread as a number that no other live thread has. */
static inline unsigned long signet_thread(void) {
    return (unsigned long)pthread_self();
}

/* Keeps every descriptor but the standard three from programs started later: another library may
   have opened one without close-on-exec. Without effect before Linux 5.11. */
static inline void signet_seal_descriptors(void) {
    (void)syscall(436 /* close_range */, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
}

/* The index of a network interface, or 0. */
static inline unsigned int signet_interface(const char *name) { return if_nametoindex(name); }
