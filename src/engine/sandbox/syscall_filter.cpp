#include "engine/sandbox/syscall_filter.hpp"

#include "engine/sandbox/confine.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <initializer_list>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace aiditor::sandbox {
namespace {

/// Allowed with any arguments: they act on this process's memory, threads and open descriptors.
/// Nothing here takes a path, makes a descriptor or reaches another process.
constexpr std::array kAllowed{
    // open descriptors
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(pwritev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    // memory
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    // threads
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(membarrier),
    SCMP_SYS(getcpu),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    // signals of its own
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    // clocks, chance, accounts
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
};

class Filter {
public:
    Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM)), seccomp_release) {
        if (!context_) return;
        ok_ = true;
        set(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
        set(SCMP_FLTATR_CTL_TSYNC, 1);     // a sanitizer may have a thread of its own
        set(SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a binary tree: decoding makes many calls
    }
    void allow(int syscall, std::initializer_list<scmp_arg_cmp> args = {}) {
        rule(SCMP_ACT_ALLOW, syscall, args);
    }
    void refuse(int syscall, unsigned error) { rule(SCMP_ACT_ERRNO(error), syscall, {}); }
    bool load() { return ok_ && seccomp_load(context_.get()) == 0; }

private:
    void set(scmp_filter_attr attribute, std::uint32_t value) {
        ok_ = seccomp_attr_set(context_.get(), attribute, value) == 0 && ok_;
    }
    void rule(std::uint32_t action, int syscall, std::initializer_list<scmp_arg_cmp> args) {
        if (!context_) return;
        ok_ = seccomp_rule_add_array(context_.get(), action, syscall,
                                     static_cast<unsigned>(args.size()), args.begin()) == 0 &&
              ok_;
    }

    std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
    bool ok_ = false;
};

scmp_arg_cmp argument_is(unsigned number, scmp_datum_t value) {
    return {number, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp argument_has(unsigned number, scmp_datum_t mask, scmp_datum_t value) {
    return {number, SCMP_CMP_MASKED_EQ, mask, value};
}

constexpr scmp_datum_t kWorlds = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

void allow_with_checked_arguments(Filter& filter) {
    // Threads, but no process and no new namespace.
    filter.allow(SCMP_SYS(clone), {argument_has(0, CLONE_THREAD | kWorlds, CLONE_THREAD)});
    filter.refuse(SCMP_SYS(clone3), ENOSYS);

    // No new code: all libraries are loaded, and nothing that Aiditor uses compiles at run time.
    filter.allow(SCMP_SYS(mmap), {argument_has(2, PROT_EXEC, 0)});
    filter.allow(SCMP_SYS(mprotect), {argument_has(2, PROT_EXEC, 0)});

    for (auto const command : {F_GETFD, F_GETFL})
        filter.allow(SCMP_SYS(fcntl), {argument_is(1, static_cast<scmp_datum_t>(command))});
    for (auto const option : {PR_SET_NAME, PR_GET_NAME})
        filter.allow(SCMP_SYS(prctl), {argument_is(0, static_cast<scmp_datum_t>(option))});
    // abort() and raise() reach only this process.
    filter.allow(SCMP_SYS(tgkill), {argument_is(0, static_cast<scmp_datum_t>(::getpid()))});
    // Reading its own limits (thread stacks), not changing them.
    filter.allow(SCMP_SYS(prlimit64), {argument_is(0, 0), argument_is(2, 0)});
}

}  // namespace

bool load_syscall_filter() {
    Filter filter;
    for (auto const syscall : kAllowed) filter.allow(syscall);
    allow_with_checked_arguments(filter);
    // UBSan asks through a pipe whether an address is readable before it follows it.
    if (kSanitizerBuild) filter.allow(SCMP_SYS(pipe)), filter.allow(SCMP_SYS(pipe2));
    return filter.load();
}

}  // namespace aiditor::sandbox
