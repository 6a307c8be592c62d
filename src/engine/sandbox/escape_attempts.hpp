#pragma once
/// Tries to break out of the sandbox that this process is in.

#include "engine/sandbox/media_request.hpp"

#include <vector>

namespace aiditor::sandbox {

/// Runs every attempt, one after the other, as the system call that hostile code would make.
/// `parent_pid` is the process to attack, `first_foreign_fd` the first descriptor number that the
/// job did not pass. An attempt counts as denied only when it failed with the answer of a wall
/// (EPERM, EACCES, ENOSYS, no such file or network), never because its arguments were wrong.
/// An attempt that succeeds harms nothing: what it made is closed or ends at once, and calls that
/// cannot be harmless (mount, reboot) get arguments that no kernel carries out.
[[nodiscard]] std::vector<EscapeAttempt> try_to_escape(int parent_pid, int first_foreign_fd);

}  // namespace aiditor::sandbox
