#include "CGMime.h"

#include <dlfcn.h>
#include <stddef.h>

static struct {
#define SIGNET_GMIME_MEMBER(result, name, parameters, arguments) result(*name) parameters;
    SIGNET_GMIME_FUNCTIONS(SIGNET_GMIME_MEMBER)
} library;

#define SIGNET_GMIME_DEFINE(result, name, parameters, arguments)                                        \
    result signet_##name parameters { return library.name arguments; }
SIGNET_GMIME_FUNCTIONS(SIGNET_GMIME_DEFINE)

/* The name is that of its ABI; what GLib brings is found behind the same handle. */
const char *signet_gmime_load(void) {
    static int is_loaded;
    if (is_loaded) return NULL;
    void *handle = dlopen("libgmime-3.0.so.0", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return dlerror();
#define SIGNET_GMIME_LOAD(result, name, parameters, arguments)                                          \
    *(void **)(&library.name) = dlsym(handle, #name);                                                   \
    if (library.name == NULL) return "libgmime-3.0.so.0 lacks " #name;
    SIGNET_GMIME_FUNCTIONS(SIGNET_GMIME_LOAD)
    is_loaded = 1;
    return NULL;
}
