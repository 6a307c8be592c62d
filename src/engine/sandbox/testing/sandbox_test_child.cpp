// A media process that misbehaves on request: the name of its first input says how.

#include "engine/sandbox/media_child.hpp"
#include "engine/sandbox/wire.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <poll.h>
#include <stdexcept>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace aiditor;
using namespace aiditor::sandbox;

void say(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const put = ::write(wire::kChannelFd, bytes.data(), bytes.size());
        if (put <= 0) ::_exit(9);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

/// Says these bytes in place of an answer, then ends as if all were well.
[[noreturn]] void say_and_end(std::string_view bytes) {
    say(bytes);
    ::_exit(0);
}

std::string header(std::uint32_t kind, std::uint32_t length) {
    std::string out(8, '\0');
    std::memcpy(out.data(), &kind, 4);
    std::memcpy(out.data() + 4, &length, 4);
    return out;
}

[[noreturn]] void spin() {
    for (unsigned volatile n = 0;;) (void)n;
}

/// Every descriptor number that is open here.
json::Value open_descriptors() {
    json::Array out;
    for (int fd = 0; fd < 4096; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0) out.push_back(fd);
    return out;
}

json::Value read_all_inputs(MediaRequest const& request) {
    json::Array out;
    for (auto const& input : request.inputs) {
        char bytes[64];
        auto const got = input.fd < 0 ? -1 : ::pread(input.fd, bytes, sizeof bytes, 0);
        out.push_back(got < 0 ? json::Value()
                              : json::Value(std::string(bytes, static_cast<std::size_t>(got))));
    }
    return out;
}

Result<json::Value> write_beyond_file_limit(MediaRequest const& request) {
    std::vector<char> const block(1U << 16, 'x');
    while (::write(request.inputs.front().fd, block.data(), block.size()) > 0) {
    }
    return fail(ErrorCode::LimitReached, std::strerror(errno));
}

json::Value use_threads() {
    int sum = 0;
    for (int i = 0; i < 4; ++i) std::jthread([&sum, i] { sum += i; }).join();
    return sum;
}

json::Value allocate(std::size_t bytes) {
    std::vector<char> const block(bytes, 'x');
    return block.back();
}

[[noreturn]] void wait_for_death() {
    while (true) ::poll(nullptr, 0, -1);
}

using Act = Result<json::Value> (*)(MediaRequest const&, ReportProgress const&);

std::map<std::string, Act> const kActs{
    {"echo", [](auto& request, auto&) -> Result<json::Value> { return json::to_value(request); }},
    {"read", [](auto& request, auto&) -> Result<json::Value> { return read_all_inputs(request); }},
    {"descriptors", [](auto&, auto&) -> Result<json::Value> { return open_descriptors(); }},
    {"environment",
     [](auto&, auto&) -> Result<json::Value> {
         json::Array out;
         for (char** each = environ; *each; ++each) out.push_back(json::Value(*each));
         return out;
     }},
    {"threads", [](auto&, auto&) -> Result<json::Value> { return use_threads(); }},
    {"progress",
     [](auto&, auto& progress) -> Result<json::Value> {
         progress(0.5);
         progress(0.6);  // too soon: dropped
         return nullptr;
     }},
    {"error",
     [](auto&, auto&) -> Result<json::Value> {
         return fail(ErrorCode::BadMedia, "clip.mp4: \x1b[31mno picture");
     }},
    {"throw", [](auto&, auto&) -> Result<json::Value> { throw std::runtime_error("oops"); }},
    {"crash",
     [](auto&, auto&) -> Result<json::Value> {
         ::signal(SIGSEGV, SIG_DFL);
         std::size_t volatile nowhere = 64;
         return json::Value(*reinterpret_cast<int volatile*>(nowhere));
     }},
    {"overflow",
     [](auto&, auto&) -> Result<json::Value> {
         std::vector<int> const three{1, 2, 3};
         std::size_t volatile far = 3;
         return json::Value(*(three.data() + far));
     }},
    {"abort",
     [](auto&, auto&) -> Result<json::Value> {
         (void)!::write(2, "the last words\n", 15);
         std::abort();
     }},
    {"exit", [](auto&, auto&) -> Result<json::Value> { ::_exit(0); }},
    {"hang", [](auto&, auto&) -> Result<json::Value> { wait_for_death(); }},
    {"hang after progress",
     [](auto&, auto& progress) -> Result<json::Value> {
         progress(0.25);
         wait_for_death();
     }},
    {"hang closed",
     [](auto&, auto&) -> Result<json::Value> {
         ::close(wire::kChannelFd);
         wait_for_death();
     }},
    {"spin", [](auto&, auto&) -> Result<json::Value> { spin(); }},
    {"allocate 6 GiB", [](auto&, auto&) -> Result<json::Value> { return allocate(6ULL << 30U); }},
    {"write", [](auto& request, auto&) { return write_beyond_file_limit(request); }},
    {"long result",
     [](auto&, auto&) -> Result<json::Value> { return json::Value(std::string(65U << 20U, 'x')); }},
    {"8 MiB",
     [](auto&, auto&) -> Result<json::Value> { return json::Value(std::string(8U << 20U, 'x')); }},
    {"lie: result of 4 GiB",
     [](auto&, auto&) -> Result<json::Value> { say_and_end(header(4, 0xFFFF'FFFFU)); }},
    {"lie: unknown kind", [](auto&, auto&) -> Result<json::Value> { say_and_end(header(77, 0)); }},
    {"lie: request", [](auto&, auto&) -> Result<json::Value> { say_and_end(header(2, 0)); }},
    {"lie: half a message",
     [](auto&, auto&) -> Result<json::Value> { say_and_end(header(4, 100) + "{"); }},
    {"lie: not JSON",
     [](auto&, auto&) -> Result<json::Value> {
         say_and_end(wire::encode(wire::Kind::Result, "{\"a\": nan}"));
     }},
    {"lie: two answers",
     [](auto&, auto&) -> Result<json::Value> {
         say(wire::encode(wire::Kind::Result, "1"));
         say_and_end(wire::encode(wire::Kind::Result, "2"));
     }},
    {"lie: progress 2",
     [](auto&, auto&) -> Result<json::Value> { say_and_end(wire::encode_progress(2)); }},
    {"lie: progress NaN",
     [](auto&, auto&) -> Result<json::Value> {
         say_and_end(wire::encode_progress(std::numeric_limits<double>::quiet_NaN()));
     }},
    {"lie: cancelled",
     [](auto&, auto&) -> Result<json::Value> {
         say_and_end(wire::encode_error({ErrorCode::Cancelled, "stop everything"}));
     }},
    {"lie: flood",
     [](auto&, auto&) -> Result<json::Value> {
         while (true) say(wire::encode_progress(0.5));
     }},
    {"flood stderr",
     [](auto&, auto&) -> Result<json::Value> {
         std::string const line(4095, 'x');
         while (true) (void)!::write(2, (line + "\n").c_str(), 4096);
     }},
};

}  // namespace

int main() {
    return serve([](MediaRequest const& request, ReportProgress const& progress) {
        auto const act = kActs.find(request.inputs.empty() ? "" : request.inputs.front().name);
        if (act == kActs.end()) return Result<json::Value>(fail(ErrorCode::Usage, "no such act"));
        return act->second(request, progress);
    });
}
