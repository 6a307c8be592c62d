#pragma once
/// SHA-256 (FIPS 180-4) through OpenSSL.

#include "base/result.hpp"

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace aiditor {

class Sha256 {
public:
    Sha256();
    void update(std::string_view bytes);
    /// 64 lower-case hexadecimal digits; the object is spent afterwards.
    [[nodiscard]] std::string hex();

private:
    std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// Of everything in the file, whatever the descriptor's position. `on_bytes` hears about each
/// block. Errors: Unreadable, Cancelled.
[[nodiscard]] Result<std::string> sha256_of_file(
    int fd, std::stop_token const& stop = {},
    std::function<void(std::int64_t bytes)> const& on_bytes = nullptr);

}  // namespace aiditor
