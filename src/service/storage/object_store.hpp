#pragma once
/// Bytes by key: the local disk, or S3. A key is never written twice.

#include "base/file.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aiditor::storage {

/// "w/<workspace>/<kind>/<id>/<attempt>/<name>": parts of [A-Za-z0-9._-], none of them "." or "..",
/// at most 512 characters.
[[nodiscard]] bool is_key(std::string_view key);

/// An object in the making. Destroyed before commit() it leaves nothing behind.
class ObjectWriter {
public:
    virtual ~ObjectWriter() = default;
    /// Errors: DiskFull, Unwritable (the object is then lost: begin anew).
    [[nodiscard]] virtual Result<> write(std::string_view bytes) = 0;
    /// Returns when the bytes are durable under the key (fsync of file and folder). Errors: as
    /// write; Conflict when the key exists.
    [[nodiscard]] virtual Result<> commit() = 0;
};

struct ObjectFacts {
    std::int64_t size = 0;
};

/// Thread-safe.
class ObjectStore {
public:
    virtual ~ObjectStore() = default;
    [[nodiscard]] virtual Result<std::unique_ptr<ObjectWriter>> create(std::string_view key) = 0;
    /// Takes over a whole file of the same disk, which must not be used afterwards; its bytes are
    /// durable under the key on return. Where the store is elsewhere they are copied.
    [[nodiscard]] virtual Result<> adopt(std::string const& path, std::string_view key) = 0;
    /// What was put there by a program that did not live to hear that it is durable: it is, on
    /// return. Errors: NotFound, Unavailable.
    [[nodiscard]] virtual Result<> confirm(std::string_view key) = 0;
    /// Errors: NotFound.
    [[nodiscard]] virtual Result<ObjectFacts> facts(std::string_view key) = 0;
    /// For reading and seeking: what is not on the local disk is fetched first. Errors: NotFound,
    /// Unavailable.
    [[nodiscard]] virtual Result<UniqueFd> open(std::string_view key) = 0;
    /// Removing what is not there is no error.
    [[nodiscard]] virtual Result<> remove(std::string_view key) = 0;
    /// Bytes that may still be written before the floor (1 GiB or 2 % of the disk) is reached.
    [[nodiscard]] virtual Result<std::int64_t> free_bytes() = 0;
    /// A small object written, read and removed: for /health/ready.
    [[nodiscard]] virtual Result<> self_test() = 0;
};

/// Objects as files under `folder`, which is made with mode 0700. Files are 0600. Errors:
/// Unwritable.
[[nodiscard]] Result<std::unique_ptr<ObjectStore>> local_store(std::string const& folder);

}  // namespace aiditor::storage
