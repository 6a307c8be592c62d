#pragma once
/// Bytes on their way in, and how they become clips; the protocols (tus, multipart) are fronts of
/// this.
///
/// An upload's bytes go to one growing file, FOLDER/<id>. What is acknowledged is what the row says
/// was received: it is written after the bytes are on the disk, with the state of their SHA-256,
/// and never goes back. A longer file is what a crash left and is cut; a shorter one has lost bytes
/// and ends the upload. When all bytes are there the file becomes an object and a clip; what breaks
/// in between is taken up again by find(), append() and sweep(), as often as needed.
///
/// One writer at a time for each upload. All uploads of a folder belong to one process.

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/running_hash.hpp"
#include "service/clips/clips.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <set>

namespace aiditor::uploads {

inline constexpr std::int64_t kMostBytes = 50'000'000'000;        ///< of one upload
inline constexpr std::int64_t kMostOpen = 100;                    ///< of one workspace
inline constexpr std::int64_t kKeptUs = 24LL * 3600 * 1'000'000;  ///< after the last byte
/// What a crash can make a client send again.
inline constexpr std::int64_t kCheckpointBytes = 16LL << 20;

enum class UploadState : std::uint8_t { Open = 1, Done, Ended };
BOOST_DESCRIBE_ENUM(UploadState, Open, Done, Ended)

struct Upload {
    std::string id, workspace_id;
    std::string made_by;  ///< the user
    std::string name;     ///< of the file
    std::int64_t length = 0, received = 0;
    std::string hash_state;  ///< of ResumableSha256
    UploadState state = UploadState::Open;
    std::string clip_id;  ///< the clip, once done; before that the one it would be
    std::int64_t created_at_us = 0, expires_at_us = 0;
};

struct NewUpload {
    std::string workspace_id, made_by;
    std::string name;
    std::int64_t length = 0;
};

struct Settings {
    std::string folder;  ///< on the disk of the object store; made with mode 0700
    /// What a workspace may have. Thread-safe.
    std::function<Result<clips::Quota>(std::string const& workspace_id)> quota;
    Clock const* clock = &machine_clock();
    std::function<int(int)> sync{};  ///< fdatasync where empty
};

class Uploads;

/// Sole use of one upload in this process; gives it back when destroyed.
class Turn {
public:
    Turn(Turn&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), id_(other.id_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();

private:
    friend class Uploads;
    Turn(Uploads& owner, std::string id) : owner_(&owner), id_(std::move(id)) {}
    Uploads* owner_;
    std::string id_;
};

/// What the bytes of one request must hash to.
struct Expected {
    Checksum::Kind kind;
    std::string bytes;
};

/// One request's bytes on their way to the end of an upload. Used by one thread at a time.
/// Destroyed without finish(): what came is kept, unless it had a checksum to be held against.
class Appender {
public:
    ~Appender();
    Appender(Appender const&) = delete;
    Appender& operator=(Appender const&) = delete;

    /// Errors: LimitReached beyond the upload's length, DiskFull, Unwritable; Gone when the disk
    /// could not confirm the bytes, or the upload was ended meanwhile; those of the database.
    [[nodiscard]] Result<> write(std::string_view bytes);
    /// All that was written is durable and acknowledged; the last byte makes the clip. Errors:
    /// ChecksumMismatch (none of the bytes count), and as write().
    [[nodiscard]] Result<Upload> finish();
    /// The same for an upload that began with a guess of its length: these bytes were all.
    /// Errors: NothingToDo when there were none.
    [[nodiscard]] Result<Upload> finish_short();

    [[nodiscard]] Upload const& upload() const { return upload_; }

private:
    friend class Uploads;
    Appender(Uploads& owner, Turn turn, Upload upload, UniqueFd file, ResumableSha256 const& hash,
             std::optional<Expected> expected);
    Result<> checkpoint();
    Result<> put(std::string_view bytes);
    Result<> check_sum();

    Uploads& owner_;
    Turn turn_;
    Upload upload_;
    UniqueFd file_;  // none when no byte can follow
    ResumableSha256 hash_;
    std::int64_t at_;  // bytes in the file
    std::optional<Expected> expected_;
    std::optional<Checksum> checksum_;
    std::optional<Error> failure_;
};

/// Thread-safe. Outlives every Appender.
class Uploads {
public:
    /// Errors: Unwritable for the folder.
    [[nodiscard]] static Result<std::unique_ptr<Uploads>> open(db::Database& database,
                                                               storage::ObjectStore& store,
                                                               Settings settings);

    /// Reserves room for the whole length. Errors: BadRequest for the name or an empty file,
    /// LimitReached above kMostBytes, QuotaReached (also with kMostOpen under way), DiskFull.
    [[nodiscard]] Result<Upload> begin(NewUpload const& wanted);

    /// Errors: NotFound; Gone when it has ended or its time is over; when all bytes are here and
    /// the clip still cannot be made, why.
    [[nodiscard]] Result<Upload> find(std::string_view workspace_id, std::string const& id);

    /// Errors: as find(); Locked while another request writes; Conflict when `offset` is not what
    /// was received; Gone when bytes were lost.
    [[nodiscard]] Result<std::unique_ptr<Appender>> append(std::string_view workspace_id,
                                                           std::string const& id,
                                                           std::int64_t offset,
                                                           std::optional<Expected> expected = {});

    /// Ends it and removes its bytes; a clip that was made stays. Errors: NotFound, Gone, Locked.
    [[nodiscard]] Result<> end(std::string_view workspace_id, std::string const& id);

    /// Takes up what broke at the end, ends what has expired, removes files that belong to nothing.
    /// Call it at the start and every few minutes. How many it dealt with. Errors: the first, after
    /// all others were tried.
    [[nodiscard]] Result<int> sweep();

private:
    friend class Appender;
    friend class Turn;
    Uploads(db::Database& database, storage::ObjectStore& store, Settings settings, UniqueFd folder)
        : database_(database),
          store_(store),
          settings_(std::move(settings)),
          folder_(std::move(folder)) {}

    [[nodiscard]] std::optional<Turn> take_turn(std::string const& id);
    [[nodiscard]] std::string path_of(Upload const& upload) const;
    [[nodiscard]] Result<Upload> read(std::string_view workspace_id, std::string const& id);
    [[nodiscard]] Result<Upload> read_alive(std::string_view workspace_id, std::string const& id);
    [[nodiscard]] Result<UniqueFd> open_file(Upload const& upload);
    [[nodiscard]] Result<Upload> complete(Upload upload);
    [[nodiscard]] Result<> bring_to_store(Upload const& upload);
    [[nodiscard]] Result<> end_now(Upload const& upload);
    /// Ends it because its bytes are lost.
    [[nodiscard]] std::unexpected<Error> lose(Upload const& upload, std::string_view why);
    void remove_file(std::string const& id) const;
    [[nodiscard]] Result<bool> expire(std::string const& workspace_id, std::string const& id);
    [[nodiscard]] Result<int> remove_strays();

    db::Database& database_;
    storage::ObjectStore& store_;
    Settings settings_;
    UniqueFd folder_;
    std::mutex admission_;  // one at a time looks at the free disk
    std::mutex mutex_;
    std::set<std::string, std::less<>> busy_;
};

}  // namespace aiditor::uploads
