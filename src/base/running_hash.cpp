// The low-level functions of OpenSSL are the only ones of which the state can be stored.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/running_hash.hpp"

#include <array>
#include <cassert>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace aiditor {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kWords = 8, kBlock = 64;
constexpr std::size_t kFixed = 1 + kWords * 4 + 8;

template <class T>
void put(std::string& out, T value) {
    for (std::size_t i = sizeof(T); i > 0; --i)
        out.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xFF));
}
template <class T>
T take(std::string_view& from) {
    T out = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        out = static_cast<T>(out << 8 | static_cast<unsigned char>(from[i]));
    from.remove_prefix(sizeof(T));
    return out;
}

}  // namespace

ResumableSha256::ResumableSha256() : context_(std::make_unique<SHA256state_st>()) {
    SHA256_Init(context_.get());
}
ResumableSha256::~ResumableSha256() = default;
ResumableSha256::ResumableSha256(ResumableSha256 const& other)
    : context_(std::make_unique<SHA256state_st>(*other.context_)) {}
ResumableSha256& ResumableSha256::operator=(ResumableSha256 const& other) {
    *context_ = *other.context_;
    return *this;
}

void ResumableSha256::update(std::string_view bytes) {
    SHA256_Update(context_.get(), bytes.data(), bytes.size());
}

std::string ResumableSha256::hex() const {
    auto copy = *context_;
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256_Final(digest.data(), &copy);
    std::string out;
    for (auto const byte : digest) out += fmt::format("{:02x}", byte);
    return out;
}

std::int64_t ResumableSha256::size() const {
    auto const bits = std::uint64_t{context_->Nh} << 32 | context_->Nl;
    return static_cast<std::int64_t>(bits / 8);
}

std::string ResumableSha256::state() const {
    std::string out(1, kVersion);
    for (auto const word : context_->h) put<std::uint32_t>(out, word);
    put(out, static_cast<std::uint64_t>(size()));
    auto const* tail = reinterpret_cast<char const*>(context_->data);
    out.append(tail, context_->num);
    return out;
}

std::optional<ResumableSha256> ResumableSha256::from_state(std::string_view state) {
    if (state.size() < kFixed || state[0] != kVersion) return std::nullopt;
    ResumableSha256 out;
    state.remove_prefix(1);
    for (auto& word : out.context_->h) word = take<std::uint32_t>(state);
    auto const size = take<std::uint64_t>(state);
    if (size >> 60 != 0 || state.size() != size % kBlock) return std::nullopt;
    out.context_->Nl = static_cast<std::uint32_t>(size << 3);
    out.context_->Nh = static_cast<std::uint32_t>(size >> 29);
    out.context_->num = static_cast<unsigned>(state.size());
    state.copy(reinterpret_cast<char*>(out.context_->data), state.size());
    return out;
}

Checksum::Checksum(Kind kind) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    [[maybe_unused]] auto const ok =
        context_ ? EVP_DigestInit_ex(context_.get(), kind == Kind::Sha1 ? EVP_sha1() : EVP_sha256(),
                                     nullptr)
                 : 0;
    assert(ok == 1);
}

void Checksum::update(std::string_view bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Checksum::bytes() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    return {reinterpret_cast<char const*>(digest.data()), size};
}

}  // namespace aiditor
