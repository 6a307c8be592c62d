#include "base/sha1.hpp"

#include <cassert>
#include <openssl/evp.h>

namespace aiditor {

std::string sha1(std::string_view bytes) {
    std::string out(20, '\0');
    [[maybe_unused]] auto const ok =
        EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()),
                   nullptr, EVP_sha1(), nullptr);
    assert(ok == 1);
    return out;
}

}  // namespace aiditor
