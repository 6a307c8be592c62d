#pragma once
/// The seccomp layer: the system calls that decoding and encoding need, and no other.

namespace aiditor::sandbox {

/// Loads the filter for all threads, for good; whatever is not listed fails with EPERM, clone3 with
/// ENOSYS (so that the C library falls back to clone, whose flags a filter can read).
/// Returns whether it is in force. Needs no_new_privs.
[[nodiscard]] bool load_syscall_filter();

}  // namespace aiditor::sandbox
