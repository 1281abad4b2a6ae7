/* Lets a fault happen at the n-th call of the system by which a process changes a folder: it is
 * killed before the call, or in the midst of it; or the disk is full from then on, or takes half of
 * what is written and refuses the next two calls; or it is lost, as one across a network may be:
 * from then on nothing works, closing a file neither. Loaded by LD_PRELOAD, so that it stands before
 * all that is called, whatever language calls it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(kind, name, ...) ((kind (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

enum { KILLED_BEFORE, KILLED_AMID, FULL, FULL_AMID, LOST };
enum { REFUSED_AFTER = 2 };

static long wanted = -1; /* which call, counted from 0; -1 for none */
static long calls;
static int kind;

void fault_at(long call, int what)
{
    calls = 0;
    wanted = call;
    kind = what;
}

/* How many calls there were; the fault happened if they are more than the number of the wanted. */
long calls_seen(void) { return calls; }

static int is_there(const char *path)
{
    const char *folder = getenv("EVERY_CALL_BELOW");
    return folder && !strncmp(path, folder, strlen(folder));
}

static int is_open_there(int file)
{
    char link[64], path[4096] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    return readlink(link, path, sizeof path - 1) > 0 && is_there(path);
}

/* Count a call; true if it is to fail. Of `amid` the call itself does a half first. */
static int fails(int amid)
{
    long call = __sync_fetch_and_add(&calls, 1);
    if (wanted < 0 || call < wanted)
        return 0;
    if (kind == KILLED_BEFORE || (kind == KILLED_AMID && !amid))
        kill(getpid(), SIGKILL);
    int is_near = call <= wanted + REFUSED_AFTER;
    if (kind == FULL || (kind == FULL_AMID && is_near && (!amid || call > wanted))) {
        errno = ENOSPC;
        return 1;
    }
    errno = EIO;
    return kind == LOST;
}

static int is_amid(void)
{
    return wanted >= 0 && calls == wanted + 1 && (kind == KILLED_AMID || kind == FULL_AMID);
}

ssize_t write(int file, const void *data, size_t size)
{
    ssize_t (*real)(int, const void *, size_t) = REAL(ssize_t, "write", int, const void *, size_t);
    if (!is_open_there(file))
        return real(file, data, size);
    if (fails(1))
        return -1;
    if (!is_amid())
        return real(file, data, size);
    ssize_t done = real(file, data, size / 2);
    if (kind == KILLED_AMID)
        kill(getpid(), SIGKILL);
    return done;
}

static ssize_t place(const char *name, int file, const void *data, size_t size, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t)
        = REAL(ssize_t, name, int, const void *, size_t, off_t);
    if (!is_open_there(file))
        return real(file, data, size, at);
    if (fails(1))
        return -1;
    if (!is_amid())
        return real(file, data, size, at);
    ssize_t done = real(file, data, size / 2, at);
    if (kind == KILLED_AMID)
        kill(getpid(), SIGKILL);
    return done;
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at)
{
    return place("pwrite", file, data, size, at);
}

ssize_t pwrite64(int file, const void *data, size_t size, off_t at)
{
    return place("pwrite64", file, data, size, at);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    if (is_open_there(file) && fails(0))
        return -1;
    return REAL(ssize_t, "writev", int, const struct iovec *, int)(file, parts, count);
}

#define OPENS(name)                                                                              \
    int name(const char *path, int how, ...)                                                     \
    {                                                                                            \
        va_list more;                                                                            \
        va_start(more, how);                                                                     \
        int mode = how & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0;                          \
        va_end(more);                                                                            \
        if (how & O_CREAT && is_there(path) && fails(0))                                         \
            return -1;                                                                           \
        return REAL(int, #name, const char *, int, ...)(path, how, mode);                        \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                                                           \
    int name(int folder, const char *path, int how, ...)                                         \
    {                                                                                            \
        va_list more;                                                                            \
        va_start(more, how);                                                                     \
        int mode = how & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0;                          \
        va_end(more);                                                                            \
        if (how & O_CREAT && is_there(path) && fails(0))                                         \
            return -1;                                                                           \
        return REAL(int, #name, int, const char *, int, ...)(folder, path, how, mode);           \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

#define OF_TWO_PATHS(name)                                                                       \
    int name(const char *from, const char *to)                                                   \
    {                                                                                            \
        if (is_there(to) && fails(0))                                                            \
            return -1;                                                                           \
        return REAL(int, #name, const char *, const char *)(from, to);                           \
    }
OF_TWO_PATHS(rename)
OF_TWO_PATHS(link)

#define OF_TWO_PATHS_AT(name)                                                                    \
    int name(int a, const char *from, int b, const char *to)                                     \
    {                                                                                            \
        if (is_there(to) && fails(0))                                                            \
            return -1;                                                                           \
        return REAL(int, #name, int, const char *, int, const char *)(a, from, b, to);           \
    }
OF_TWO_PATHS_AT(renameat)

int linkat(int a, const char *from, int b, const char *to, int how)
{
    if (is_there(to) && fails(0))
        return -1;
    return REAL(int, "linkat", int, const char *, int, const char *, int)(a, from, b, to, how);
}

int mkdir(const char *path, mode_t mode)
{
    if (is_there(path) && fails(0))
        return -1;
    return REAL(int, "mkdir", const char *, mode_t)(path, mode);
}

/* A full disk still lets files go, and a file that is there be waited for. */
static int takes_part(void) { return kind != FULL && kind != FULL_AMID; }

int unlink(const char *path)
{
    if (is_there(path) && takes_part() && fails(0))
        return -1;
    return REAL(int, "unlink", const char *)(path);
}

int unlinkat(int folder, const char *path, int how)
{
    if (is_there(path) && takes_part() && fails(0))
        return -1;
    return REAL(int, "unlinkat", int, const char *, int)(folder, path, how);
}

int rmdir(const char *path)
{
    if (is_there(path) && takes_part() && fails(0))
        return -1;
    return REAL(int, "rmdir", const char *)(path);
}

int fsync(int file)
{
    if (is_open_there(file) && takes_part() && fails(0))
        return -1;
    return REAL(int, "fsync", int)(file);
}

/* A file is closed even where it is said that something went wrong. */
int close(int file)
{
    int is_lost = kind == LOST && is_open_there(file) && fails(0);
    int answer = REAL(int, "close", int)(file);
    errno = is_lost ? EIO : errno;
    return is_lost ? -1 : answer;
}
