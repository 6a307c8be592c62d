#include "base/hmac.hpp"

#include <climits>
#include <cstdlib>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace aiditor {

std::string hmac(MacHash hash, std::string_view key, std::string_view message) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    auto const* const digest = hash == MacHash::Sha1 ? EVP_sha1() : EVP_sha256();
    // OpenSSL takes a null key for "the key of the last call"; an empty view may hold one.
    auto const* const key_bytes = key.empty() ? "" : key.data();
    if (key.size() > INT_MAX ||
        !HMAC(digest, key_bytes, static_cast<int>(key.size()),
              reinterpret_cast<unsigned char const*>(message.data()), message.size(), out, &length))
        std::abort();  // an empty code would make every token valid
    return {reinterpret_cast<char const*>(out), length};
}

bool equal_secrets(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace aiditor
