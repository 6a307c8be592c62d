#include "service/accounts/keys.hpp"

#include "base/base64.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "service/accounts/lifetimes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <set>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aiditor::accounts {
namespace {

constexpr std::size_t kMostKeyFileBytes = 64U << 10;
constexpr std::size_t kSecretBytes = 32, kIdLength = 8;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

unsigned char const* bytes_of(std::string_view text) {
    return reinterpret_cast<unsigned char const*>(text.data());
}

Key new_key(UtcMicros now) {
    static constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
    Key key{.id = "", .made_at_us = now, .secret = random_secret()};
    for (char const c : random_bytes(kIdLength))
        key.id += kDigits[static_cast<unsigned char>(c) % kDigits.size()];
    return key;
}

Key const& newest_spread(std::vector<Key> const& keys, UtcMicros now) {
    for (auto key = keys.rbegin(); key != keys.rend(); ++key)
        if (now - key->made_at_us >= kKeySpread) return *key;
    return keys.front();
}

/// Forgets keys whose successor is older than `age`.
void drop_succeeded(std::vector<Key>& keys, UtcMicros now, UtcMicros age) {
    while (keys.size() > 1 && now - keys[1].made_at_us > age) keys.erase(keys.begin());
}

Result<> check_secrets(std::vector<Key> const& keys, std::string const& pointer,
                       std::set<std::string>& ids) {
    if (keys.empty()) return json::bad(pointer, "must have a key");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto const here = fmt::format("{}/{}", pointer, i);
        auto const& key = keys[i];
        if (key.id.size() != kIdLength || !std::ranges::all_of(key.id, [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            }))
            return json::bad(here + "/id", "must be 8 letters and digits");
        if (!ids.insert(key.id).second) return json::bad(here + "/id", "stands twice");
        auto const secret = key.bytes();
        // A secret somebody typed has few different bytes; of 32 random ones fewer than 16 differ
        // once in 10^20 files.
        if (secret.size() != kSecretBytes ||
            std::set<char>(secret.begin(), secret.end()).size() < kSecretBytes / 2)
            return json::bad(here + "/secret", "must be 32 random bytes in base64url");
        if (i > 0 && key.made_at_us < keys[i - 1].made_at_us)
            return json::bad(here + "/made_at_us", "must not be before the key above it");
    }
    return {};
}

/// Makes the file under a name that nobody sees, durable, and gives it its place: by link where
/// there must be none yet, by rename where the old one is replaced.
Result<bool> write_keys(std::string const& path, KeyRing const& ring, bool replace) {
    auto part = path + ".XXXXXX";
    UniqueFd const fd(::mkostemp(part.data(), O_CLOEXEC));  // mode 0600
    if (!fd)
        return fail(ErrorCode::Unwritable,
                    fmt::format("{}: cannot be made ({})", printable(path), std::strerror(errno)));
    auto written = write_all(fd.get(), json::to_text(ring) + "\n", path);
    if (written && ::fsync(fd.get()) != 0)
        written = fail(ErrorCode::Unwritable, printable(path) + ": cannot be brought to the disk");
    int const placed = !written  ? -1
                       : replace ? ::rename(part.c_str(), path.c_str())
                                 : ::link(part.c_str(), path.c_str());
    auto const error = errno;
    if (!written || placed != 0 || !replace) ::unlink(part.c_str());
    TRY_VOID(std::move(written));
    if (placed != 0 && error == EEXIST) return false;
    if (placed != 0)
        return fail(ErrorCode::Unwritable,
                    fmt::format("{}: cannot be made ({})", printable(path), std::strerror(error)));
    auto const slash = path.rfind('/');
    auto const folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    UniqueFd const directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory) ::fsync(directory.get());
    return true;
}

Result<KeyRing> read_keys(std::string const& path) {
    auto const file = TRY(open_regular(path));
    struct stat s{};
    if (::fstat(file.fd.get(), &s) != 0 || (s.st_mode & 077) != 0)
        return fail(ErrorCode::Usage, fmt::format("{0}: others may read these secrets; run: chmod "
                                                  "600 {0}",
                                                  printable(path)));
    auto const text = TRY(read_all(file.fd.get(), kMostKeyFileBytes));
    auto ring = json::from_text<KeyRing>(text);
    if (!ring)
        return fail(ErrorCode::Usage, fmt::format("{}: {}", printable(path), ring.error().message));
    return ring;
}

}  // namespace

std::string Key::bytes() const { return from_base64url(secret).value_or(""); }

Result<> KeyRing::validate(std::string const& pointer) const {
    std::set<std::string> ids;
    TRY_VOID(check_secrets(signing, pointer + "/signing", ids));
    TRY_VOID(check_secrets(refresh, pointer + "/refresh", ids));
    return check_secrets(encryption, pointer + "/encryption", ids);
}

Key const& KeyRing::for_signing(UtcMicros now) const { return newest_spread(signing, now); }
Key const& KeyRing::for_refresh(UtcMicros now) const { return newest_spread(refresh, now); }

Key const* KeyRing::find(std::vector<Key> const& keys, std::string_view id) {
    auto const found = std::ranges::find(keys, id, &Key::id);
    return found == keys.end() ? nullptr : &*found;
}

std::string KeyRing::seal(std::string_view plain, std::string_view context, UtcMicros now) const {
    auto const& key = newest_spread(encryption, now);
    auto const secret = key.bytes();
    auto out = random_bytes(kNonceBytes);
    out.resize(kNonceBytes + plain.size() + kTagBytes);
    auto* const place = reinterpret_cast<unsigned char*>(out.data());
    unsigned long long length = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(place + kNonceBytes, &length, bytes_of(plain),
                                               plain.size(), bytes_of(context), context.size(),
                                               nullptr, place, bytes_of(secret));
    return key.id + "." + base64url(out);
}

Result<std::string> KeyRing::open(std::string_view sealed, std::string_view context) const {
    auto const unusable = [] {
        return fail(ErrorCode::Internal, "a stored secret cannot be read with the present keys");
    };
    auto const dot = sealed.find('.');
    if (dot == std::string_view::npos) return unusable();
    auto const* const key = find(encryption, sealed.substr(0, dot));
    auto const box = from_base64url(sealed.substr(dot + 1));
    if (!key || !box || box->size() < kNonceBytes + kTagBytes) return unusable();
    auto const secret = key->bytes();
    std::string out(box->size() - kNonceBytes - kTagBytes, '\0');
    unsigned long long length = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            reinterpret_cast<unsigned char*>(out.data()), &length, nullptr,
            bytes_of(*box) + kNonceBytes, box->size() - kNonceBytes, bytes_of(context),
            context.size(), bytes_of(*box), bytes_of(secret)) != 0)
        return unusable();
    return out;
}

Result<std::unique_ptr<Keys>> Keys::open(std::string path, Clock const& clock) {
    if (sodium_init() < 0) std::abort();
    std::unique_ptr<Keys> keys(new Keys(std::move(path), clock));
    struct stat s{};
    if (::stat(keys->path_.c_str(), &s) != 0 && errno == ENOENT) {
        auto const now = clock.now();
        (void)TRY(write_keys(keys->path_, {{new_key(now)}, {new_key(now)}, {new_key(now)}}, false));
    }
    TRY_VOID(keys->reload());
    return keys;
}

std::shared_ptr<KeyRing const> Keys::ring() const {
    std::scoped_lock const lock(mutex_);
    return ring_;
}

Result<> Keys::reload() {
    auto ring = std::make_shared<KeyRing const>(TRY(read_keys(path_)));
    std::scoped_lock const lock(mutex_);
    ring_ = std::move(ring);
    return {};
}

Result<> Keys::rotate() {
    auto ring = TRY(read_keys(path_));
    auto const now = clock_.now();
    drop_succeeded(ring.signing, now, kHour);
    drop_succeeded(ring.refresh, now, kSessionLongest + kHour);
    for (auto* const keys : {&ring.signing, &ring.refresh, &ring.encryption}) {
        auto key = new_key(now);
        key.made_at_us = std::max(key.made_at_us, keys->back().made_at_us);
        keys->push_back(std::move(key));
    }
    (void)TRY(write_keys(path_, ring, true));
    return reload();
}

}  // namespace aiditor::accounts
