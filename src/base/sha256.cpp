#include "base/sha256.hpp"

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <vector>

namespace aiditor {

Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    [[maybe_unused]] auto const ok =
        context_ ? EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) : 0;
    assert(ok == 1);
}

void Sha256::update(std::string_view bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    std::string out;
    for (auto const byte : digest) out += fmt::format("{:02x}", byte);
    return out;
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.hex();
}

Result<std::string> sha256_of_file(int fd, std::stop_token const& stop,
                                   std::function<void(std::int64_t bytes)> const& on_bytes) {
    Sha256 hash;
    std::vector<char> block(1 << 20);
    off_t at = 0;
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    for (;;) {
        if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "stopped");
        auto const n = ::pread(fd, block.data(), block.size(), at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(ErrorCode::Unreadable, "cannot be read from the disk; check it");
        if (n == 0) return hash.hex();
        hash.update({block.data(), static_cast<std::size_t>(n)});
        at += n;
        if (on_bytes) on_bytes(n);
    }
}

}  // namespace aiditor
