#pragma once
/// The first layer: a world with no files, no network and no other process in it.

#include <string>
#include <vector>

namespace aiditor::sandbox {

/// What enter_namespaces reached.
struct Namespaces {
    bool complete = false;  ///< all of it, the empty root included
    std::vector<std::string> layers;
};

/// Moves into new user, mount, process, network, IPC, host-name and cgroup namespaces with an
/// empty read-only root, as a user without any capability. Real root where user namespaces are
/// refused (a chroot, some containers) does the same without the user namespace. Forks: returns in
/// the new process only; the old one mirrors its end. One thread only.
[[nodiscard]] Namespaces enter_namespaces();

/// Gives up root, groups and every capability, now and for any later exec.
/// Returns whether nothing is left.
bool drop_privileges();

}  // namespace aiditor::sandbox
