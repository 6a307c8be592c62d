#pragma once
/// Hashes of bytes that come in pieces, over hours and restarts.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;
struct SHA256state_st;  // NOLINT(readability-identifier-naming): the library's

namespace aiditor {

/// SHA-256 (FIPS 180-4) that can be put away between two pieces and taken up by another process.
class ResumableSha256 {
public:
    ResumableSha256();
    ~ResumableSha256();
    ResumableSha256(ResumableSha256 const& other);
    ResumableSha256& operator=(ResumableSha256 const& other);

    void update(std::string_view bytes);
    /// Of all so far, 64 lower-case hexadecimal digits; more may follow.
    [[nodiscard]] std::string hex() const;
    /// How many bytes there were.
    [[nodiscard]] std::int64_t size() const;

    /// 41 to 104 bytes: a version, the eight words, the count, and the last bytes that fill no
    /// block; the same on every machine.
    [[nodiscard]] std::string state() const;
    /// Empty for what state() does not give.
    [[nodiscard]] static std::optional<ResumableSha256> from_state(std::string_view state);

private:
    std::unique_ptr<SHA256state_st> context_;
};

/// A checksum that a client sends beside its bytes. SHA-1 is there for damage on the way and
/// protects nothing.
class Checksum {
public:
    enum class Kind : std::uint8_t { Sha1 = 1, Sha256 };
    explicit Checksum(Kind kind);
    void update(std::string_view bytes);
    /// 20 or 32 bytes; the object is spent afterwards.
    [[nodiscard]] std::string bytes();

private:
    std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

}  // namespace aiditor
