#pragma once
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Forbids core dumps and foreign readers of this process's memory; 0, or the errno of the refusal.
   prctl is variadic, and RLIMIT_CORE an enum that does not import as setrlimit's parameter.
   The Swift runtime's handlers of crashes go too: they would hand all memory to another program. */
static inline int signet_harden_process(void) {
    const int crashes[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
    for (unsigned i = 0; i < sizeof crashes / sizeof *crashes; i++) signal(crashes[i], SIG_DFL);
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
    return 0;
}

/* 1 while the kernel may dump this process or let its owner trace it, 0 otherwise. */
static inline int signet_is_dumpable(void) {
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0) return 1;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}

/* libsodium's names for these are macros of macros. */
static inline int signet_base64_variant(void) { return sodium_base64_VARIANT_ORIGINAL; }
