/*
 * A disk that forgets what was not synced. Preloaded into the server, this keeps an undo log of what the server does
 * to files; after a SIGKILL the test (disk.rs) takes back all, or any part, of what no sync stood behind.
 *
 *   FORGET_FOLDER  where the undo log is kept, on the file system of the data folder
 *   FORGET_IGNORE  syncs of files whose path ends so do nothing, and say that they did; "*" means all
 *   FORGET_CUT     "END:N": SIGKILL at the Nth change of files whose path ends in END; END/sync: at the Nth sync
 *   FORGET_FAIL    "END:N": the Nth sync of files whose path ends in END fails, and no later one makes up for it: the
 *                  kernel takes what it could not write for written (see PostgreSQL's "fsyncgate")
 *
 * What is modelled: the bytes and the length of files (a sync of the file keeps them); names that are made, taken away
 * or given to another file (a sync of their folder keeps them, and nothing else does: POSIX promises no more).
 * What is not: the making of folders, times and rights of files. What could change a file behind our back ends the
 * process, so that nobody trusts a log with holes. SQLite's -shm is left out: it is memory, and the test deletes it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The function of that name which would have been called without us. */
#define REAL(name) \
    ({ static __typeof__(&name) real; if (!real) real = (__typeof__(real))dlsym(RTLD_NEXT, #name); real; })

enum { CHANGED, SYNCED, MADE, REMOVED, RENAMED, SYNC_IGNORED, SYNC_FAILED };

/* One line of the undo log: this, the path, and the bytes that were saved. `disk.rs` reads the same. */
struct record {
    uint64_t kind, inode /* names: of their folder */, offset, span, length /* syncs: of the log before it */;
    uint64_t path, saved;
};

/* Held over a record and what it tells of, so that a sync knows which changes were made before it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int undo = -1;
static char folder[PATH_MAX], cut[PATH_MAX], fail[PATH_MAX];
static long cut_in, fail_in;
static const char *ignored;

static void die(const char *what)
{
    dprintf(2, "forget.c: %s\n", what);
    abort();
}

static int ends(const char *text, const char *end)
{
    size_t all = strlen(text), part = strlen(end);
    return all >= part && !strcmp(text + all - part, end);
}

/* Reads a variable "END:N", where it is set. */
static void moment(const char *variable, char *end, long *n)
{
    const char *when = getenv(variable);
    if (when && *when && sscanf(when, "%4095[^:]:%ld", end, n) != 2) die("FORGET_CUT or FORGET_FAIL cannot be read");
}

__attribute__((constructor)) static void start(void)
{
    const char *where = getenv("FORGET_FOLDER");
    char file[PATH_MAX + 8];
    if (!where) die("FORGET_FOLDER is not set");
    snprintf(folder, sizeof folder, "%s", where);
    snprintf(file, sizeof file, "%s/undo", folder);
    undo = REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (undo < 0) die("the undo log cannot be made");
    ignored = getenv("FORGET_IGNORE");
    moment("FORGET_CUT", cut, &cut_in);
    moment("FORGET_FAIL", fail, &fail_in);
}

static void record(struct record head, const char *path, const void *saved)
{
    char label[PATH_MAX + 8];
    head.path = strlen(path);
    struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)saved, head.saved}};
    ssize_t all = sizeof head + head.path + head.saved;
    if (REAL(writev)(undo, parts, 3) != all) die("the undo log is cut short");
    snprintf(label, sizeof label, "%s%s", path, head.kind == SYNCED ? "/sync" : "");
    if (*cut && ends(label, cut) && --cut_in == 0) {
        kill(getpid(), SIGKILL);
        pause();
    }
}

/* Whether the descriptor is of a file or a folder that we watch; its path. Standard streams are not. */
static int watched(int fd, mode_t type, struct stat *found, char *path)
{
    char link[32];
    ssize_t size;
    if (fd <= 2 || fd == undo || undo < 0 || fstat(fd, found) || (found->st_mode & S_IFMT) != type) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    size = readlink(link, path, PATH_MAX - 1);
    path[size < 0 ? 0 : size] = 0;
    return strncmp(path, "/proc/", 6) && !ends(path, "-shm");
}

/* Before `span` bytes change: saves what stands there. Where this says 1, `after` has to be called after the change.
 * An offset of -1 is where the file stands; a span of -1, all that follows. */
static int before(int fd, off_t offset, size_t span)
{
    struct stat file;
    char path[PATH_MAX], self[32], *saved;
    size_t done = 0, size;
    int reader;
    if (!watched(fd, S_IFREG, &file, path)) return 0;
    pthread_mutex_lock(&lock);
    fstat(fd, &file);
    if (offset < 0) offset = REAL(fcntl)(fd, F_GETFL) & O_APPEND ? file.st_size : lseek(fd, 0, SEEK_CUR);
    size = offset < file.st_size ? (size_t)(file.st_size - offset) : 0;
    if (span == (size_t)-1) span = size;
    if (size > span) size = span;
    saved = malloc(size + 1);
    /* The descriptor itself may be for writing alone. */
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    reader = size ? REAL(open)(self, O_RDONLY | O_CLOEXEC) : -1;
    while (done < size) {
        ssize_t got = pread(reader, saved + done, size - done, offset + done);
        if (got <= 0) die("what is overwritten cannot be read");
        done += got;
    }
    if (reader >= 0) syscall(SYS_close, reader);
    record((struct record){CHANGED, file.st_ino, offset, span, file.st_size, 0, size}, path, saved);
    free(saved);
    return 1;
}

static void after(int held)
{
    if (held) pthread_mutex_unlock(&lock);
}

#define CHANGING(fd, offset, span, call) \
    ({ int held = before(fd, offset, span); __typeof__(call) done = (call); after(held); done; })

ssize_t write(int fd, const void *from, size_t n) { return CHANGING(fd, -1, n, REAL(write)(fd, from, n)); }
ssize_t pwrite(int fd, const void *from, size_t n, off_t at)
{
    return CHANGING(fd, at, n, REAL(pwrite)(fd, from, n, at));
}
ssize_t pwrite64(int fd, const void *from, size_t n, off_t at) { return pwrite(fd, from, n, at); }

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    size_t all = 0;
    for (int n = 0; n < count; n++) all += parts[n].iov_len;
    return CHANGING(fd, -1, all, REAL(writev)(fd, parts, count));
}

int ftruncate(int fd, off_t length) { return CHANGING(fd, length, -1, REAL(ftruncate)(fd, length)); }
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }
int posix_fallocate(int fd, off_t at, off_t n) { return CHANGING(fd, at, 0, REAL(posix_fallocate)(fd, at, n)); }
int posix_fallocate64(int fd, off_t at, off_t n) { return posix_fallocate(fd, at, n); }

int fallocate(int fd, int mode, off_t at, off_t n)
{
    if (mode & ~FALLOC_FL_KEEP_SIZE) die("this mode of fallocate is not known");
    return CHANGING(fd, at, 0, REAL(fallocate)(fd, mode, at, n));
}
int fallocate64(int fd, int mode, off_t at, off_t n) { return fallocate(fd, mode, at, n); }

/* What was changed before the sync began is kept from when it has succeeded. */
static int synced(int fd, int (*real)(int))
{
    struct stat file;
    char path[PATH_MAX];
    struct record head = {SYNCED};
    int failed = 0;
    if (!watched(fd, S_IFREG, &file, path) && !watched(fd, S_IFDIR, &file, path)) return real(fd);
    head.inode = file.st_ino;
    pthread_mutex_lock(&lock);
    head.length = lseek(undo, 0, SEEK_END);
    if (ignored && *ignored && (!strcmp(ignored, "*") || ends(path, ignored))) head.kind = SYNC_IGNORED;
    else if (*fail && ends(path, fail) && --fail_in == 0) head.kind = SYNC_FAILED;
    pthread_mutex_unlock(&lock);
    if (head.kind == SYNCED) failed = real(fd);
    if (failed) head.kind = SYNC_FAILED;
    pthread_mutex_lock(&lock);
    record(head, path, "");
    pthread_mutex_unlock(&lock);
    if (head.kind == SYNC_FAILED && !failed) errno = EIO;
    return head.kind == SYNC_FAILED ? -1 : 0;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

/* The whole path of a name, and the inode of its folder. */
static ino_t name_of(const char *name, char *path)
{
    char parent[PATH_MAX];
    struct stat found;
    const char *slash = strrchr(name, '/');
    snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - name) + 1 : 1, slash ? name : ".");
    if (!realpath(parent, path) || stat(parent, &found)) return 0;
    snprintf(path + strlen(path), PATH_MAX - strlen(path), "/%s", slash ? slash + 1 : name);
    return found.st_ino;
}

static int opened(int at, const char *name, int flags, mode_t mode)
{
    struct stat found;
    char path[PATH_MAX];
    ino_t parent;
    int file, empty = flags & O_TRUNC && !stat(name, &found) && S_ISREG(found.st_mode);
    if (undo < 0 || !(flags & (O_CREAT | O_TRUNC))) return REAL(openat)(at, name, flags, mode);
    if (at != AT_FDCWD && *name != '/') die("a file is made relative to an open folder");
    pthread_mutex_lock(&lock);
    parent = name_of(name, path);
    if (parent && lstat(path, &found) && !ends(path, "-shm"))
        record((struct record){MADE, parent, 0, 0, 0, 0, 0}, path, "");
    file = REAL(openat)(at, name, empty ? flags & ~O_TRUNC : flags, mode);
    pthread_mutex_unlock(&lock);
    if (file >= 0 && empty && ftruncate(file, 0)) die("a file cannot be emptied");
    return file;
}

#define OPEN(at, name, flags) \
    ({ va_list rest; va_start(rest, flags); mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
       va_end(rest); opened(at, name, flags, mode); })

int open(const char *name, int flags, ...) { return OPEN(AT_FDCWD, name, flags); }
int open64(const char *name, int flags, ...) { return OPEN(AT_FDCWD, name, flags); }
int openat(int at, const char *name, int flags, ...) { return OPEN(at, name, flags); }
int openat64(int at, const char *name, int flags, ...) { return OPEN(at, name, flags); }
int creat(const char *name, mode_t mode) { return opened(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode); }

/* A name is taken away, or given to another file: what had it is kept under a name of ours. */
static void removing(const char *name, char *path)
{
    char aside[PATH_MAX + 32];
    struct stat found;
    ino_t parent = name_of(name, path);
    if (!parent || lstat(path, &found) || !S_ISREG(found.st_mode) || ends(path, "-shm")) return;
    snprintf(aside, sizeof aside, "%s/%lld", folder, (long long)lseek(undo, 0, SEEK_END));
    if (syscall(SYS_link, path, aside)) die("a file that is removed cannot be kept");
    record((struct record){REMOVED, parent, 0, 0, 0, 0, strlen(aside)}, path, aside);
}

int unlink(const char *name)
{
    char path[PATH_MAX];
    pthread_mutex_lock(&lock);
    removing(name, path);
    int failed = REAL(unlink)(name);
    pthread_mutex_unlock(&lock);
    return failed;
}

int rename(const char *from, const char *to)
{
    char old[PATH_MAX], new[PATH_MAX];
    pthread_mutex_lock(&lock);
    name_of(from, old);
    removing(to, new);
    record((struct record){RENAMED, name_of(to, new), 0, 0, 0, 0, strlen(old)}, new, old);
    int failed = REAL(rename)(from, to);
    pthread_mutex_unlock(&lock);
    return failed;
}

/* A file is given a second name. */
static int linked(const char *from, const char *to)
{
    struct stat found;
    char path[PATH_MAX];
    ino_t parent;
    pthread_mutex_lock(&lock);
    parent = name_of(to, path);
    if (parent && lstat(path, &found)) record((struct record){MADE, parent, 0, 0, 0, 0, 0}, path, "");
    int failed = syscall(SYS_link, from, to);
    pthread_mutex_unlock(&lock);
    return failed;
}

int link(const char *from, const char *to) { return linked(from, to); }
int linkat(int at, const char *from, int into, const char *to, int flags)
{
    if (at != AT_FDCWD && *from != '/') die("a file is linked relative to an open folder");
    if (into != AT_FDCWD && *to != '/') die("a file is linked relative to an open folder");
    (void)flags;
    return linked(from, to);
}

static void *mapped(void *at, size_t n, int rights, int flags, int fd, off_t offset)
{
    struct stat file;
    char path[PATH_MAX];
    if (rights & PROT_WRITE && flags & MAP_SHARED && watched(fd, S_IFREG, &file, path))
        die("a file is mapped for writing");
    return REAL(mmap)(at, n, rights, flags, fd, offset);
}

void *mmap(void *at, size_t n, int rights, int flags, int fd, off_t o) { return mapped(at, n, rights, flags, fd, o); }
void *mmap64(void *at, size_t n, int rights, int flags, int fd, off_t o) { return mapped(at, n, rights, flags, fd, o); }

#define REFUSE(name) \
    void refused_##name(void) __asm__(#name); \
    void refused_##name(void) { die(#name " is not known"); }
REFUSE(pwritev) REFUSE(pwritev64) REFUSE(pwritev2) REFUSE(pwritev64v2) REFUSE(copy_file_range) REFUSE(sendfile)
REFUSE(sendfile64) REFUSE(splice) REFUSE(renameat) REFUSE(renameat2) REFUSE(unlinkat)
REFUSE(symlink) REFUSE(symlinkat) REFUSE(truncate) REFUSE(truncate64) REFUSE(openat2)
