// Stands between a program and the calls by which it changes files or answers clients (LD_PRELOAD):
// counts them, ends the program before the n-th, notes them in a log, or lets them fail.
//
// PROMISES_CONTROL  a file of struct control, mapped, that the test reads and writes
// PROMISES_LOG      where to note the calls and their bytes; none: nowhere
// PROMISES_ROOT     only calls about files below this folder, and answers to TCP clients
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    uint64_t calls;    // so far
    uint64_t kill_at;  // 0: never
    int64_t clock_ns;  // added to the real time
    int64_t error;     // errno of every such call about files; 0: none
    int64_t no_files;  // errno of every opening of a file; 0: none
};

static struct control own;
static struct control *control = &own;
static char root[PATH_MAX];
static size_t root_length;
static int log_fd = -1;
static pid_t self;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(char const *name) { return dlsym(RTLD_NEXT, name); }

// The media processes inherit the environment, and are none of its business.
static int is_the_service(void) {
    char path[PATH_MAX];
    ssize_t const n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n < 0 ? 0 : n] = 0;
    char const *name = strrchr(path, '/');
    return name && strcmp(name, "/aiditor") == 0;
}

__attribute__((constructor)) static void begin(void) {
    if (!is_the_service()) return;
    char const *text = getenv("PROMISES_ROOT");
    snprintf(root, sizeof root, "%s", text ? text : "");
    root_length = strlen(root);
    self = getpid();
    text = getenv("PROMISES_CONTROL");
    int fd = text ? (int)syscall(SYS_openat, AT_FDCWD, text, O_RDWR | O_CLOEXEC) : -1;
    void *map = fd < 0 ? MAP_FAILED
                       : mmap(NULL, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) control = map;
    if (fd >= 0) close(fd);
    text = getenv("PROMISES_LOG");
    if (text)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, text,
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd >= 0) log_fd = fcntl(log_fd, F_DUPFD_CLOEXEC, 500);
}

static int is_below(char const *path) {
    return root_length && strncmp(path, root, root_length) == 0;
}

// The path of a descriptor; "" for what is no file.
static void path_of_fd(int fd, char *out) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = syscall(SYS_readlinkat, AT_FDCWD, link, out, PATH_MAX - 1);
    out[n < 0 ? 0 : n] = 0;
}

static void path_at(int at, char const *name, char *out) {
    char folder[PATH_MAX];
    if (name[0] == '/') {
        snprintf(out, PATH_MAX, "%s", name);
        return;
    }
    if (at == AT_FDCWD) {
        if (syscall(SYS_getcwd, folder, sizeof folder) < 0) folder[0] = 0;
    } else {
        path_of_fd(at, folder);
    }
    snprintf(out, 2 * PATH_MAX, "%s/%s", folder, name);
}

static int is_client(int fd) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
           (address.ss_family == AF_INET || address.ss_family == AF_INET6);
}

static uint64_t inode_of(int fd) {
    struct stat s;
    return fstat(fd, &s) == 0 ? s.st_ino : 0;
}

// Waits for its turn, and is the end of the program when its time has come.
static void enter(void) {
    pthread_mutex_lock(&mutex);
    uint64_t const n = ++control->calls;
    if (control->kill_at && n >= control->kill_at) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

// One line: number, call, inode, offset, length, two names in hex; then that many bytes.
static void note(char const *call, uint64_t inode, int64_t offset, char const *a, char const *b,
                 void const *bytes, size_t length) {
    if (log_fd < 0) return;
    char head[4 * PATH_MAX];
    int const n = snprintf(head, sizeof head, "%llu\t%s\t%llu\t%lld\t%zu\t%s\t%s\n",
                           (unsigned long long)control->calls, call, (unsigned long long)inode,
                           (long long)offset, length, a ? a : "", b ? b : "");
    struct iovec parts[2] = {{head, (size_t)n}, {(void *)bytes, length}};
    if (syscall(SYS_writev, log_fd, parts, bytes && length ? 2 : 1) < 0) _exit(99);
}

static void leave(void) {
    int const error = errno;
    pthread_mutex_unlock(&mutex);
    errno = error;
}

// ---- bytes ----------------------------------------------------------------------------------------

enum { NOT_OURS, A_FILE, A_CLIENT };
static int whose(int fd) {
    if (getpid() != self || fd == log_fd || fd <= 2) return NOT_OURS;
    int const error = errno;
    char path[PATH_MAX];
    path_of_fd(fd, path);
    int const kind = is_below(path) ? A_FILE : is_client(fd) ? A_CLIENT : NOT_OURS;
    errno = error;
    return kind;
}

#define FAILS(kind)                                   \
    if ((kind) == A_FILE && control->error) {         \
        errno = (int)control->error;                  \
        leave();                                      \
        return -1;                                    \
    }

#define AROUND_BYTES(kind, call)                                          \
    int const kind_ = (kind);                                             \
    if (kind_ == NOT_OURS) return call;                                   \
    enter();                                                              \
    FAILS(kind_)                                                          \
    ssize_t const done = call;

ssize_t write(int fd, void const *data, size_t n) {
    AROUND_BYTES(whose(fd), REAL(write)(fd, data, n))
    if (done > 0 && kind_ == A_FILE) {
        off_t const at = lseek(fd, 0, SEEK_CUR) - done;
        note("write", inode_of(fd), at, NULL, NULL, data, (size_t)done);
    }
    leave();
    return done;
}

static ssize_t put(char const *name, int fd, void const *data, size_t n, off64_t at) {
    ssize_t (*next)(int, void const *, size_t, off64_t) = real(name);
    AROUND_BYTES(whose(fd), next(fd, data, n, at))
    if (done > 0) note("write", inode_of(fd), at, NULL, NULL, data, (size_t)done);
    leave();
    return done;
}
ssize_t pwrite(int fd, void const *data, size_t n, off_t at) {
    return put("pwrite", fd, data, n, at);
}
ssize_t pwrite64(int fd, void const *data, size_t n, off64_t at) {
    return put("pwrite64", fd, data, n, at);
}

ssize_t writev(int fd, struct iovec const *parts, int n) {
    AROUND_BYTES(whose(fd), REAL(writev)(fd, parts, n))
    if (done > 0 && kind_ == A_FILE) {
        off_t at = lseek(fd, 0, SEEK_CUR) - done;
        size_t left = (size_t)done;
        for (int i = 0; i < n && left; ++i) {
            size_t const some = parts[i].iov_len < left ? parts[i].iov_len : left;
            note("write", inode_of(fd), at, NULL, NULL, parts[i].iov_base, some);
            at += (off_t)some;
            left -= some;
        }
    }
    leave();
    return done;
}

ssize_t send(int fd, void const *data, size_t n, int flags) {
    AROUND_BYTES(whose(fd), REAL(send)(fd, data, n, flags))
    leave();
    return done;
}
ssize_t sendmsg(int fd, struct msghdr const *message, int flags) {
    AROUND_BYTES(whose(fd), REAL(sendmsg)(fd, message, flags))
    leave();
    return done;
}
ssize_t sendfile(int out, int in, off_t *at, size_t n) {
    AROUND_BYTES(whose(out), REAL(sendfile)(out, in, at, n))
    leave();
    return done;
}
ssize_t sendfile64(int out, int in, off64_t *at, size_t n) {
    AROUND_BYTES(whose(out), REAL(sendfile64)(out, in, at, n))
    leave();
    return done;
}

// ---- files ----------------------------------------------------------------------------------------

// The whole of a file, for what a media process has written into it.
static void note_whole(int fd, uint64_t inode) {
    struct stat s;
    if (log_fd < 0 || fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) return;
    void *map = s.st_size ? mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
    if (map == MAP_FAILED) {  // not open for reading
        note("sync", inode, -1, NULL, NULL, NULL, 0);
        return;
    }
    note("sync", inode, s.st_size, NULL, NULL, map, (size_t)s.st_size);
    if (map) munmap(map, (size_t)s.st_size);
}

static int sync_by(char const *name, int fd) {
    int (*next)(int) = real(name);
    int const kind = whose(fd);
    if (kind != A_FILE) return next(fd);
    enter();
    FAILS(kind)
    int const done = next(fd);
    char path[PATH_MAX];
    path_of_fd(fd, path);
    struct stat s;
    if (done == 0 && fstat(fd, &s) == 0 && S_ISDIR(s.st_mode))
        note("syncdir", s.st_ino, 0, path, NULL, NULL, 0);
    else if (done == 0 && strstr(path, "aiditor.db"))  // large, and written by this process alone
        note("sync", inode_of(fd), -1, path, NULL, NULL, 0);
    else if (done == 0)
        note_whole(fd, inode_of(fd));
    leave();
    return done;
}
int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }

static int cut(char const *name, int fd, off64_t length) {
    int (*next)(int, off64_t) = real(name);
    int const kind = whose(fd);
    if (kind != A_FILE) return next(fd, length);
    enter();
    FAILS(kind)
    int const done = next(fd, length);
    if (done == 0) note("cut", inode_of(fd), length, NULL, NULL, NULL, 0);
    leave();
    return done;
}
int ftruncate(int fd, off_t length) { return cut("ftruncate", fd, length); }
int ftruncate64(int fd, off64_t length) { return cut("ftruncate64", fd, length); }

#define AROUND_NAMES(path_a, path_b, call)                                           \
    if (getpid() != self || (!is_below(path_a) && !is_below(path_b))) return call;   \
    enter();                                                                         \
    FAILS(A_FILE)                                                                    \
    int const done = call;

static uint64_t inode_at(char const *path) {
    struct stat s;
    return lstat(path, &s) == 0 ? s.st_ino : 0;
}

static int open_by(char const *name, int at, char const *file, int flags, mode_t mode) {
    int (*next)(int, char const *, int, ...) = real(name);
    char path[2 * PATH_MAX];
    path_at(at, file, path);
    if (getpid() != self || !is_below(path)) return next(at, file, flags, mode);
    if (control->no_files) {
        errno = (int)control->no_files;
        return -1;
    }
    if (!(flags & O_CREAT) && (flags & O_TMPFILE) != O_TMPFILE && !(flags & O_TRUNC))
        return next(at, file, flags, mode);
    enter();
    FAILS(A_FILE)
    int const was_there = (flags & O_TMPFILE) == O_TMPFILE || inode_at(path) != 0;
    int const done = next(at, file, flags, mode);
    if (done >= 0 && (flags & O_TRUNC)) note("cut", inode_of(done), 0, NULL, NULL, NULL, 0);
    int const is_unnamed = (flags & O_TMPFILE) == O_TMPFILE;
    if (done >= 0 && (is_unnamed || !was_there)) note("new", inode_of(done), 0, NULL, NULL, NULL, 0);
    if (done >= 0 && !was_there) note("name", inode_of(done), 0, path, NULL, NULL, 0);
    leave();
    return done;
}
static mode_t mode_of(int flags, va_list more) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
}
#define OPEN(name, parameters, at, file, by)          \
    int name parameters {                             \
        va_list more;                                 \
        va_start(more, flags);                        \
        mode_t const mode = mode_of(flags, more);     \
        va_end(more);                                 \
        return open_by(by, at, file, flags, mode);    \
    }
OPEN(open, (char const *file, int flags, ...), AT_FDCWD, file, "openat")
OPEN(open64, (char const *file, int flags, ...), AT_FDCWD, file, "openat64")
OPEN(openat, (int at, char const *file, int flags, ...), at, file, "openat")
OPEN(openat64, (int at, char const *file, int flags, ...), at, file, "openat64")

static int make_temporary(char const *by, char *file, int flags) {
    int (*next)(char *, int) = real(by);
    char path[2 * PATH_MAX];
    path_at(AT_FDCWD, file, path);
    AROUND_NAMES(path, "", next(file, flags))
    if (done >= 0) {
        path_at(AT_FDCWD, file, path);
        note("new", inode_of(done), 0, NULL, NULL, NULL, 0);
        note("name", inode_of(done), 0, path, NULL, NULL, 0);
    }
    leave();
    return done;
}
int mkostemp(char *file, int flags) { return make_temporary("mkostemp", file, flags); }
int mkostemp64(char *file, int flags) { return make_temporary("mkostemp64", file, flags); }

static int make_folder(int at, char const *name, mode_t mode) {
    char path[2 * PATH_MAX];
    path_at(at, name, path);
    AROUND_NAMES(path, "", REAL(mkdirat)(at, name, mode))
    if (done == 0) note("folder", inode_at(path), 0, path, NULL, NULL, 0);
    leave();
    return done;
}
int mkdir(char const *name, mode_t mode) { return make_folder(AT_FDCWD, name, mode); }
int mkdirat(int at, char const *name, mode_t mode) { return make_folder(at, name, mode); }

static int drop(int at, char const *name, int flags) {
    char path[2 * PATH_MAX];
    path_at(at, name, path);
    AROUND_NAMES(path, "", REAL(unlinkat)(at, name, flags))
    if (done == 0) note("drop", 0, 0, path, NULL, NULL, 0);
    leave();
    return done;
}
int unlink(char const *name) { return drop(AT_FDCWD, name, 0); }
int unlinkat(int at, char const *name, int flags) { return drop(at, name, flags); }
int rmdir(char const *name) { return drop(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(char const *name) {
    struct stat s;
    int const flags = lstat(name, &s) == 0 && S_ISDIR(s.st_mode) ? AT_REMOVEDIR : 0;
    return drop(AT_FDCWD, name, flags);
}

static int move(int from, char const *a, int to, char const *b, unsigned flags) {
    char path_a[2 * PATH_MAX], path_b[2 * PATH_MAX];
    path_at(from, a, path_a);
    path_at(to, b, path_b);
    AROUND_NAMES(path_a, path_b, REAL(renameat2)(from, a, to, b, flags))
    if (done == 0) note("move", inode_at(path_b), 0, path_a, path_b, NULL, 0);
    leave();
    return done;
}
int rename(char const *a, char const *b) { return move(AT_FDCWD, a, AT_FDCWD, b, 0); }
int renameat(int from, char const *a, int to, char const *b) { return move(from, a, to, b, 0); }
int renameat2(int from, char const *a, int to, char const *b, unsigned flags) {
    return move(from, a, to, b, flags);
}

int linkat(int from, char const *a, int to, char const *b, int flags) {
    char path_a[2 * PATH_MAX], path_b[2 * PATH_MAX];
    path_at(from, a, path_a);
    path_at(to, b, path_b);
    AROUND_NAMES(path_b, "", REAL(linkat)(from, a, to, b, flags))
    if (done == 0) note("name", inode_at(path_b), 0, path_b, NULL, NULL, 0);
    leave();
    return done;
}
int link(char const *a, char const *b) { return linkat(AT_FDCWD, a, AT_FDCWD, b, 0); }

// ---- time -----------------------------------------------------------------------------------------

int clock_gettime(clockid_t clock, struct timespec *out) {
    int const done = (int)syscall(SYS_clock_gettime, clock, out);
    if (done == 0 && clock == CLOCK_REALTIME && control->clock_ns) {
        int64_t const ns = out->tv_sec * 1000000000LL + out->tv_nsec + control->clock_ns;
        out->tv_sec = ns / 1000000000LL;
        out->tv_nsec = ns % 1000000000LL;
    }
    return done;
}
