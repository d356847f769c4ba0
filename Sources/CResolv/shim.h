#pragma once
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A name server: 4 or 16 bytes of address in network order, by `length`. */
struct signet_name_server {
    unsigned char address[16];
    int length;
    unsigned short port;
    unsigned int scope;
};

/* The name servers of resolv.conf (RES_OPTIONS included) in `out`, at most MAXNS; their number,
   or -1 when the resolver does not start. */
static inline int signet_name_servers(struct signet_name_server out[MAXNS]) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return -1;
    int count = 0;
    for (int i = 0; i < state.nscount && i < MAXNS; i++) {
        struct signet_name_server *server = &out[count];
        memset(server, 0, sizeof *server);
        if (state.nsaddr_list[i].sin_family == AF_INET) {
            const struct sockaddr_in *four = &state.nsaddr_list[i];
            memcpy(server->address, &four->sin_addr, 4);
            server->length = 4;
            server->port = ntohs(four->sin_port);
            count++;
        } else if (state._u._ext.nsaddrs[i] != NULL) {
            const struct sockaddr_in6 *six = state._u._ext.nsaddrs[i];
            memcpy(server->address, &six->sin6_addr, 16);
            server->length = 16;
            server->port = ntohs(six->sin6_port);
            server->scope = six->sin6_scope_id;
            count++;
        }
    }
    res_nclose(&state);
    return count;
}

/* A non-blocking socket that is connected to `server`, or on its way there when `stream` is not 0;
   -1 with errno. */
static inline int signet_dns_socket(const struct signet_name_server *server, int stream) {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address;
    socklen_t size;
    memset(&address, 0, sizeof address);
    if (server->length == 4) {
        address.four.sin_family = AF_INET;
        address.four.sin_port = htons(server->port);
        memcpy(&address.four.sin_addr, server->address, 4);
        size = sizeof address.four;
    } else {
        address.six.sin6_family = AF_INET6;
        address.six.sin6_port = htons(server->port);
        address.six.sin6_scope_id = server->scope;
        memcpy(&address.six.sin6_addr, server->address, 16);
        size = sizeof address.six;
    }
    int type = (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int descriptor = socket(address.any.sa_family, type, 0);
    if (descriptor < 0) return -1;
    if (connect(descriptor, &address.any, size) != 0 && errno != EINPROGRESS) {
        int kept = errno;
        close(descriptor);
        errno = kept;
        return -1;
    }
    return descriptor;
}

/* Waits until `descriptor` is ready for `events` or `milliseconds` have passed: 1 ready, 0 not in
   time, -1 with errno. */
static inline int signet_dns_wait(int descriptor, short events, int milliseconds) {
    struct pollfd waited = {.fd = descriptor, .events = events};
    int result = poll(&waited, 1, milliseconds);
    return result < 0 && errno == EINTR ? 0 : result;
}
