/* Counts what a program does to the files below KILL_DIR and strikes at the KILL_AT-th time: for LD_PRELOAD.
 *
 * KILL_MODE: count (do nothing), before (kill before the call), half (kill after half of a write's bytes, or after
 * the call if it is no write), full (from then on no space: half of that write, then ENOSPC for all that needs
 * space), eio (that one call fails with EIO). KILL_COUNT is a file of one 64-bit number, shared by all processes.
 * KILL_TRACE is a file that each counted call is written to, a line each. Killed is the whole process group.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PASS, HALF, FAIL };
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long *counter(void) {
    static long *shared;
    const char *path = getenv("KILL_COUNT");
    if (!shared && path) {
        int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR);
        void *place = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        syscall(SYS_close, fd);
        shared = place == MAP_FAILED ? NULL : place;
    }
    return shared;
}

static int below(const char *path) {
    const char *folder = getenv("KILL_DIR");
    return folder && *folder && strncmp(path, folder, strlen(folder)) == 0;
}

static void trace(long number, const char *call, const char *path) {
    const char *target = getenv("KILL_TRACE");
    char line[PATH_MAX + 64];
    if (!target) return;
    int fd = syscall(SYS_openat, AT_FDCWD, target, O_WRONLY | O_APPEND | O_CREAT, 0644);
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
    syscall(SYS_write, fd, line, length);
    syscall(SYS_close, fd);
}

/* What is to become of this call; sets errno for FAIL. */
static int strike(const char *call, const char *path, int needs_space, int is_write) {
    const char *mode = getenv("KILL_MODE");
    if (!mode || !below(path) || !counter()) return PASS;
    long number = __sync_add_and_fetch(counter(), 1), at = atol(getenv("KILL_AT") ?: "0");
    trace(number, call, path);
    if (!strcmp(mode, "before") && number == at) kill(0, SIGKILL);
    if (!strcmp(mode, "half") && number == at) return HALF;
    if (!strcmp(mode, "eio") && number == at) { errno = EIO; return FAIL; }
    if (!strcmp(mode, "full") && needs_space && number >= at) {
        if (number == at && is_write) return HALF;
        errno = ENOSPC;
        return FAIL;
    }
    return PASS;
}

static const char *name_of(int fd, char *buffer) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    buffer[length < 0 ? 0 : length] = 0;
    return buffer;
}

static void die(void) {
    if (!strcmp(getenv("KILL_MODE") ?: "", "half")) kill(0, SIGKILL);
}

ssize_t write(int fd, const void *data, size_t size) {
    char path[PATH_MAX];
    int saved = errno, verdict = getenv("KILL_DIR") ? strike("write", name_of(fd, path), 1, 1) : PASS;
    if (verdict == FAIL) return -1;
    errno = saved;
    ssize_t done = NEXT(write)(fd, data, verdict == HALF ? (size + 1) / 2 : size);
    if (verdict == HALF) die();
    return done;
}

static ssize_t at_offset(int fd, const void *data, size_t size, off_t offset) {
    char path[PATH_MAX];
    int saved = errno, verdict = getenv("KILL_DIR") ? strike("pwrite", name_of(fd, path), 1, 1) : PASS;
    if (verdict == FAIL) return -1;
    errno = saved;
    ssize_t done = NEXT(pwrite)(fd, data, verdict == HALF ? (size + 1) / 2 : size, offset);
    if (verdict == HALF) die();
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return at_offset(fd, data, size, offset); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return at_offset(fd, data, size, offset); }

#define ON_DESCRIPTOR(name, parameters, arguments)                                                        \
    int name parameters {                                                                                 \
        char path[PATH_MAX];                                                                              \
        int saved = errno, verdict = getenv("KILL_DIR") ? strike(#name, name_of(fd, path), 0, 0) : PASS;  \
        if (verdict == FAIL) return -1;                                                                   \
        errno = saved;                                                                                    \
        int done = NEXT(name) arguments;                                                                  \
        if (verdict == HALF) die();                                                                       \
        return done;                                                                                      \
    }

ON_DESCRIPTOR(fsync, (int fd), (fd))
ON_DESCRIPTOR(fdatasync, (int fd), (fd))
ON_DESCRIPTOR(ftruncate, (int fd, off_t length), (fd, length))
ON_DESCRIPTOR(ftruncate64, (int fd, off64_t length), (fd, length))

#define ON_PATH(name, space, parameters, arguments)                                                       \
    int name parameters {                                                                                 \
        char buffer[PATH_MAX];                                                                            \
        const char *named = path;                                                                         \
        if (*path != '/' && getcwd(buffer, sizeof buffer) && strlen(buffer) + strlen(path) + 2 < PATH_MAX) \
            named = strcat(strcat(buffer, "/"), path);                                                    \
        int saved = errno, verdict = strike(#name, named, space, 0);                                      \
        if (verdict == FAIL) return -1;                                                                   \
        errno = saved;                                                                                    \
        int done = NEXT(name) arguments;                                                                  \
        if (verdict == HALF) die();                                                                       \
        return done;                                                                                      \
    }

ON_PATH(rename, 0, (const char *path, const char *to), (path, to))
ON_PATH(link, 1, (const char *path, const char *to), (path, to))
ON_PATH(unlink, 0, (const char *path), (path))
ON_PATH(rmdir, 0, (const char *path), (path))
ON_PATH(mkdir, 1, (const char *path, mode_t mode), (path, mode))
ON_PATH(unlinkat, 0, (int fd, const char *path, int flags), (fd, path, flags))
ON_PATH(renameat2, 0, (int from, const char *path, int into, const char *to, unsigned flags), (from, path, into, to, flags))
