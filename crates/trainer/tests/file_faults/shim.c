/* Preloaded before the C library: counts the operations of a program on the files of one folder, and lets one of them
 * fail, end the program, or end it amid the operation.
 *
 *   FAULT_FOLDER   the folder, a whole path
 *   FAULT_AT       which operation, from 1; 0 for none
 *   FAULT_HOW      io     it fails with EIO, once
 *                  full   it and all after it that take space fail with ENOSPC
 *                  kill   SIGKILL comes before it
 *                  tear   SIGKILL comes after it, of a write after half of its bytes
 *   FAULT_LOG      a file that gets a line for each operation
 *   FAULT_THREADS  threads that there can be at once, besides the first; more are refused
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 4096 };

static const char *folder;
static size_t folder_len;
static long at, threads = -1;
static char how;
static int log_fd = -1;
static _Atomic long count, begun;
static _Atomic int full;
static _Atomic char watched[FDS];

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("FAULT_AT");
    at = text ? atol(text) : 0;
    text = getenv("FAULT_HOW");
    how = text ? text[0] : 0;
    text = getenv("FAULT_THREADS");
    threads = text ? atol(text) : -1;
    text = getenv("FAULT_LOG");
    if (text)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    folder = getenv("FAULT_FOLDER");
    folder_len = folder ? strlen(folder) : 0;
}

static int within(const char *path)
{
    return folder_len && path && !strncmp(path, folder, folder_len) && (path[folder_len] == '/' || !path[folder_len]);
}

static int watches(int fd) { return fd >= 0 && fd < FDS && watched[fd]; }

static void end(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

/* What is to become of an operation. */
enum fate { GOES_ON, FAILS, IS_TORN };

static enum fate operation(const char *name, const char *path, int takes_space)
{
    long number = ++count;
    if (log_fd >= 0) {
        char line[512];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, name, path ? path : "");
        if (length > (int)sizeof line)
            length = sizeof line;
        syscall(SYS_write, log_fd, line, (size_t)length);
    }
    if (full && takes_space) {
        errno = ENOSPC;
        return FAILS;
    }
    if (number != at)
        return GOES_ON;
    switch (how) {
    case 'i':
        errno = EIO;
        return FAILS;
    case 'f':
        full = 1;
        errno = ENOSPC;
        return takes_space ? FAILS : GOES_ON;
    case 'k':
        end();
        return FAILS;
    case 't':
        return IS_TORN;
    default:
        return GOES_ON;
    }
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) \
    real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

/* Carries out an operation whose failure is -1, and ends after it where it is to be torn. */
#define CARRY_OUT(name, path, takes_space, call) \
    do { \
        enum fate fate = operation(name, path, takes_space); \
        if (fate == FAILS) \
            return -1; \
        int result = call; \
        if (fate == IS_TORN) \
            end(); \
        return result; \
    } while (0)

static int opened(int fd, int is_own)
{
    if (fd >= 0 && fd < FDS)
        watched[fd] = (char)is_own;
    return fd;
}

/* Reading changes nothing, and is not counted. */
static int open_any(const char *path, int flags, mode_t mode)
{
    int writes = flags & (O_WRONLY | O_RDWR | O_CREAT);
    enum fate fate = GOES_ON;
    if (within(path) && writes)
        fate = operation("open", path, flags & O_CREAT);
    if (fate == FAILS)
        return -1;
    int fd = opened((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), within(path));
    if (fate == IS_TORN)
        end();
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...) { MODE(flags) return open_any(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_any(path, flags, mode); }

ssize_t write(int fd, const void *bytes, size_t size)
{
    enum fate fate = watches(fd) ? operation("write", NULL, 1) : GOES_ON;
    if (fate == FAILS)
        return -1;
    if (fate == IS_TORN) {
        syscall(SYS_write, fd, bytes, size / 2);
        end();
    }
    return syscall(SYS_write, fd, bytes, size);
}

ssize_t writev(int fd, const struct iovec *parts, int parts_count)
{
    enum fate fate = watches(fd) ? operation("writev", NULL, 1) : GOES_ON;
    if (fate == FAILS)
        return -1;
    if (fate == IS_TORN) {
        syscall(SYS_writev, fd, parts, parts_count / 2);
        end();
    }
    return syscall(SYS_writev, fd, parts, parts_count);
}

int close(int fd)
{
    enum fate fate = watches(fd) ? operation("close", NULL, 0) : GOES_ON;
    if (fd >= 0 && fd < FDS)
        watched[fd] = 0;
    /* It is closed all the same, as on Linux. */
    int result = (int)syscall(SYS_close, fd);
    if (fate == IS_TORN)
        end();
    if (fate == FAILS)
        errno = EIO;
    return fate == FAILS ? -1 : result;
}

int fsync(int fd)
{
    if (!watches(fd))
        return (int)syscall(SYS_fsync, fd);
    CARRY_OUT("fsync", NULL, 1, (int)syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
    if (!watches(fd))
        return (int)syscall(SYS_fdatasync, fd);
    CARRY_OUT("fdatasync", NULL, 1, (int)syscall(SYS_fdatasync, fd));
}

static int truncate_any(int fd, off64_t size)
{
    if (!watches(fd))
        return (int)syscall(SYS_ftruncate, fd, size);
    CARRY_OUT("ftruncate", NULL, 0, (int)syscall(SYS_ftruncate, fd, size));
}

int ftruncate(int fd, off_t size) { return truncate_any(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncate_any(fd, size); }

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    if (!within(from))
        return real(from, to);
    CARRY_OUT("rename", to, 0, real(from, to));
}

int unlink(const char *path)
{
    REAL(int, "unlink", const char *);
    if (!within(path))
        return real(path);
    CARRY_OUT("unlink", path, 0, real(path));
}

int mkdir(const char *path, mode_t mode)
{
    REAL(int, "mkdir", const char *, mode_t);
    if (!within(path))
        return real(path, mode);
    CARRY_OUT("mkdir", path, 1, real(path, mode));
}

int rmdir(const char *path)
{
    REAL(int, "rmdir", const char *);
    if (!within(path))
        return real(path);
    CARRY_OUT("rmdir", path, 0, real(path));
}

struct start {
    void *(*work)(void *);
    void *argument;
};

static void *run(void *given)
{
    struct start start = *(struct start *)given;
    free(given);
    void *result = start.work(start.argument);
    --begun;
    return result;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *), void *argument)
{
    REAL(int, "pthread_create", pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (threads < 0)
        return real(thread, attributes, work, argument);
    if (++begun > threads) {
        --begun;
        return EAGAIN;
    }
    struct start *start = malloc(sizeof *start);
    *start = (struct start){ work, argument };
    int failed = real(thread, attributes, run, start);
    if (failed) {
        --begun;
        free(start);
    }
    return failed;
}
