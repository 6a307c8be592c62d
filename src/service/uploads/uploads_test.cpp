#include "service/uploads/uploads.hpp"

#include "base/sha256.hpp"
#include "service/db/testing.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <random>
#include <sys/mount.h>
#include <sys/stat.h>

namespace aiditor::uploads {
namespace {

using db::testing::must;

constexpr db::Query kAddWorkspace{
    "test/add_workspace",
    "INSERT INTO workspaces (id, name, created_at_us, members_changed_at_us) "
    "VALUES ($1, $1, 0, 0)"};
constexpr db::Query kCountClips{"test/clips", "SELECT count(*) AS n FROM clips"};
constexpr db::Query kDamage{"test/damage", "UPDATE uploads SET hash_state = $2 WHERE id = $1"};

struct SetClock final : Clock {
    UtcMicros at = 1'700'000'000'000'000;
    [[nodiscard]] UtcMicros now() const override { return at; }
};

/// The store of the test's folder, which breaks as a crash or a full disk would.
class BreakableStore final : public storage::ObjectStore {
public:
    enum class Break : std::uint8_t { Never, BeforeAdopt, AfterAdopt };
    explicit BreakableStore(std::string const& folder)
        : real_(must(storage::local_store(folder))) {}
    Break when = Break::Never;
    std::optional<std::int64_t> free{};

    Result<std::unique_ptr<storage::ObjectWriter>> create(std::string_view key) override {
        return real_->create(key);
    }
    Result<> adopt(std::string const& path, std::string_view key) override {
        if (when == Break::BeforeAdopt) return fail(ErrorCode::Unavailable, "broken");
        TRY_VOID(real_->adopt(path, key));
        if (when == Break::AfterAdopt) return fail(ErrorCode::Unavailable, "broken");
        return {};
    }
    Result<> confirm(std::string_view key) override { return real_->confirm(key); }
    Result<storage::ObjectFacts> facts(std::string_view key) override { return real_->facts(key); }
    Result<UniqueFd> open(std::string_view key) override { return real_->open(key); }
    Result<> remove(std::string_view key) override { return real_->remove(key); }
    Result<std::int64_t> free_bytes() override {
        if (free) return *free;
        return std::int64_t{1} << 40;
    }
    Result<> self_test() override { return real_->self_test(); }

private:
    std::unique_ptr<storage::ObjectStore> real_;
};

class UploadsTest : public db::testing::EachDatabase {
protected:
    void SetUp() override {
        for (auto const* id : {"ws_a", "ws_b"})
            must(database().write([&](db::Session& s) { return s.change(kAddWorkspace, {id}); }));
        reopen();
    }
    void TearDown() override {
        uploads_.reset();
        std::filesystem::remove_all(folder_);
    }
    /// As after a crash: what was in memory is forgotten.
    void reopen() {
        uploads_.reset();
        uploads_ = must(Uploads::open(
            database(), store_,
            {.folder = files_,
             .quota = [this](auto const&) -> Result<clips::Quota> { return quota_; },
             .clock = &clock_,
             .sync =
                 [this](int fd) { return disk_fails_ ? (errno = EIO, -1) : ::fdatasync(fd); }}));
    }
    Result<Upload> begin(std::int64_t length, std::string name = "ace.mp4",
                         std::string workspace = "ws_a") {
        return uploads_->begin({.workspace_id = std::move(workspace),
                                .made_by = "user_1",
                                .name = std::move(name),
                                .length = length});
    }
    Result<Upload> send(std::string const& id, std::int64_t offset, std::string_view bytes,
                        std::optional<Expected> expected = {}) {
        auto const appender = TRY(uploads_->append("ws_a", id, offset, std::move(expected)));
        TRY_VOID(appender->write(bytes));
        return appender->finish();
    }
    /// The client goes away after these bytes.
    void send_and_vanish(std::string const& id, std::int64_t offset, std::string_view bytes) {
        auto const appender = must(uploads_->append("ws_a", id, offset));
        must(appender->write(bytes));
    }
    Result<Upload> head(std::string const& id, std::string_view workspace = "ws_a") {
        return uploads_->find(workspace, id);
    }
    static ErrorCode code(auto const& result) {
        return result ? ErrorCode::Internal : result.error().code;
    }
    std::string stored(std::string const& clip_id) {
        auto const clip =
            must(database().read([&](db::Session& s) { return clips::find(s, "ws_a", clip_id); }));
        EXPECT_EQ(clip.name, "ace.mp4");
        auto bytes = must(read_all(must(store_.open(*clip.source_key)).get(), 1 << 28));
        EXPECT_EQ(clip.sha256, sha256_hex(bytes));
        EXPECT_EQ(clip.size, std::ssize(bytes));
        return bytes;
    }
    clips::Usage used() {
        return must(database().read([](db::Session& s) { return clips::usage(s, "ws_a"); }));
    }
    std::int64_t clips() {
        return must(database().read([](db::Session& s) { return s.row(kCountClips); }))
            ->integer("n");
    }
    int files() {
        int out = 0;
        for ([[maybe_unused]] auto const& x : std::filesystem::directory_iterator(files_)) ++out;
        return out;
    }
    std::string random_bytes(std::size_t size) {
        std::string out(size, '\0');
        for (auto& c : out) c = static_cast<char>(random_());
        return out;
    }
    static std::string new_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "uploadsXXXXXX").string();
        return ::mkdtemp(name.data());
    }

    std::string folder_ = new_folder(), files_ = folder_ + "/uploads";
    BreakableStore store_{folder_ + "/objects"};
    SetClock clock_;
    clips::Quota quota_;
    bool disk_fails_ = false;
    std::mt19937 random_{42};
    std::unique_ptr<Uploads> uploads_;
};
INSTANTIATE_TEST_SUITE_P(Databases, UploadsTest, db::testing::databases(), db::testing::name_of);

TEST_P(UploadsTest, BecomeClipsWhateverThePieces) {
    for (int round = 0; round < 4; ++round) {
        auto const bytes = random_bytes(1 + random_() % 300'000);
        auto const id = must(begin(std::ssize(bytes))).id;
        std::size_t at = 0;
        while (at < bytes.size()) {
            auto const n = std::min<std::size_t>(bytes.size() - at, 1 + random_() % 90'000);
            auto const piece = std::string_view(bytes).substr(at, n);
            auto const offset = static_cast<std::int64_t>(at);
            if (random_() % 2 == 0 || at + n == bytes.size()) must(send(id, offset, piece));
            else send_and_vanish(id, offset, piece);
            if (random_() % 2 == 0) reopen();
            at += n;
            EXPECT_EQ(must(head(id)).received, static_cast<std::int64_t>(at));
        }
        auto const done = must(head(id));
        EXPECT_EQ(done.state, UploadState::Done);
        EXPECT_EQ(stored(done.clip_id), bytes);
    }
    EXPECT_EQ(files(), 0);
    EXPECT_EQ(used().reserved_bytes, 0);
}

TEST_P(UploadsTest, GoOnAfterACrashFromWhatWasAcknowledged) {
    auto const bytes = random_bytes(1000);
    auto const id = must(begin(1000)).id;
    must(send(id, 0, bytes.substr(0, 300)));
    // Written and never acknowledged: other bytes may take their place.
    std::ofstream(files_ + "/" + id, std::ios::app) << "what a crash left";
    reopen();
    EXPECT_EQ(must(head(id)).received, 300);
    auto const done = must(send(id, 300, bytes.substr(300)));
    EXPECT_EQ(stored(done.clip_id), bytes);
}

TEST_P(UploadsTest, AcknowledgeWhileOneLongRequestIsUnderWay) {
    auto const size = kCheckpointBytes + 1000;
    auto const bytes = random_bytes(static_cast<std::size_t>(size));
    auto const id = must(begin(size)).id;
    {
        auto const appender = must(uploads_->append("ws_a", id, 0));
        for (std::size_t at = 0; at < bytes.size() - 10; at += 1 << 19)
            must(appender->write(std::string_view(bytes).substr(
                at, std::min<std::size_t>(1 << 19, bytes.size() - 10 - at))));
        EXPECT_EQ(must(head(id)).received, kCheckpointBytes);
    }
    EXPECT_EQ(must(head(id)).received, size - 10) << "what came before the client went is kept";
    EXPECT_EQ(stored(must(send(id, size - 10, bytes.substr(bytes.size() - 10))).clip_id), bytes);
}

TEST_P(UploadsTest, AreFinishedAfterACrashAtEveryStepOfTheEnd) {
    using Break = BreakableStore::Break;
    int count = 0;
    for (auto const when : {Break::BeforeAdopt, Break::AfterAdopt})
        for (auto const& resume : std::initializer_list<std::function<void(std::string const&)>>{
                 [&](std::string const& id) { must(head(id)); },
                 [&](std::string const& id) { must(send(id, 5, "")); },
                 [&](std::string const&) { EXPECT_EQ(must(uploads_->sweep()), 1); }}) {
            auto const bytes = "abcd" + std::to_string(++count);
            auto const id = must(begin(5)).id;
            store_.when = when;
            EXPECT_EQ(code(send(id, 0, bytes)), ErrorCode::Unavailable);
            EXPECT_EQ(clips(), count - 1);
            if (when == Break::BeforeAdopt) {
                EXPECT_EQ(code(head(id)), ErrorCode::Unavailable) << "not done is not said to be";
                EXPECT_EQ(code(uploads_->sweep()), ErrorCode::Unavailable);
            }
            store_.when = Break::Never;
            reopen();
            resume(id);
            auto const done = must(head(id));
            EXPECT_EQ(done.state, UploadState::Done);
            EXPECT_EQ(stored(done.clip_id), bytes);
            EXPECT_EQ(clips(), count);
            EXPECT_EQ(used().committed_bytes, 5 * count);
            EXPECT_EQ(used().reserved_bytes, 0);
        }
}

TEST_P(UploadsTest, OfKnownContentAreTheClipThatHasIt) {
    auto const first = must(send(must(begin(3)).id, 0, "abc"));
    auto const second = must(send(must(begin(3, "copy.mov")).id, 0, "abc"));
    EXPECT_EQ(first.clip_id, second.clip_id);
    EXPECT_EQ(used().committed_bytes, 3);
    EXPECT_EQ(used().reserved_bytes, 0);
    EXPECT_EQ(files(), 0);
}

TEST_P(UploadsTest, TheFasterOfTwoEqualOnesMakesTheClip) {
    auto const slow = must(begin(3)).id;
    store_.when = BreakableStore::Break::AfterAdopt;
    EXPECT_FALSE(send(slow, 0, "abc"));
    store_.when = BreakableStore::Break::Never;
    auto const fast = must(send(must(begin(3)).id, 0, "abc"));
    EXPECT_EQ(must(head(slow)).clip_id, fast.clip_id);
    EXPECT_EQ(clips(), 1);
    EXPECT_EQ(used().committed_bytes, 3);
    EXPECT_EQ(must(clips::sweep(database(), store_)), 1) << "the bytes that nobody needs";
    EXPECT_EQ(stored(fast.clip_id), "abc");
}

TEST_P(UploadsTest, ADamagedRequestLeavesNothing) {
    auto const id = must(begin(6)).id;
    Expected const right{.kind = Checksum::Kind::Sha1,
                         .bytes =
                             "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e"
                             "\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d"};  // of "abc"
    EXPECT_EQ(code(send(id, 0, "abx", right)), ErrorCode::ChecksumMismatch);
    EXPECT_EQ(must(head(id)).received, 0);
    EXPECT_EQ(must(send(id, 0, "abc", right)).received, 3);
    {
        auto const appender = must(uploads_->append("ws_a", id, 3, right));
        must(appender->write("ab"));  // and the client goes away
    }
    EXPECT_EQ(must(head(id)).received, 3) << "nothing could be held against the checksum";
    EXPECT_EQ(std::filesystem::file_size(files_ + "/" + id), 3U);
    EXPECT_EQ(stored(must(send(id, 3, "def")).clip_id), "abcdef");
}

TEST_P(UploadsTest, HaveOneWriterAtATime) {
    auto const id = must(begin(6)).id;
    auto first = must(uploads_->append("ws_a", id, 0));
    EXPECT_EQ(code(uploads_->append("ws_a", id, 0)), ErrorCode::Locked);
    EXPECT_EQ(code(uploads_->end("ws_a", id)), ErrorCode::Locked);
    clock_.at += 2 * kKeptUs;
    EXPECT_EQ(must(uploads_->sweep()), 0) << "not under the writer's hands";
    clock_.at -= 2 * kKeptUs;
    EXPECT_EQ(code(uploads_->append("ws_b", id, 0)), ErrorCode::NotFound);
    must(first->write("abc"));
    must(first->finish());
    first.reset();
    must(send(id, 3, "def"));
}

TEST_P(UploadsTest, TakeNoBytesElsewhereThanAtTheirEnd) {
    auto const id = must(begin(6)).id;
    must(send(id, 0, "abc"));
    for (auto const offset : {0, 2, 4, 6, -1})
        EXPECT_EQ(code(send(id, offset, "x")), ErrorCode::Conflict);
    EXPECT_EQ(code(send(id, 3, "defg")), ErrorCode::LimitReached);
    EXPECT_EQ(must(head(id)).received, 3);
    must(send(id, 3, ""));
    must(send(id, 3, "def"));
    EXPECT_EQ(must(send(id, 6, "")).state, UploadState::Done) << "the answer may have been lost";
    EXPECT_EQ(code(send(id, 6, "x")), ErrorCode::LimitReached);
}

TEST_P(UploadsTest, EndWhenTheDiskDoesNotKeepTheBytes) {
    auto const id = must(begin(6)).id;
    must(send(id, 0, "abc"));
    disk_fails_ = true;
    EXPECT_EQ(code(send(id, 3, "de")), ErrorCode::Gone);
    disk_fails_ = false;
    EXPECT_EQ(code(head(id)), ErrorCode::Gone);
    EXPECT_EQ(code(send(id, 3, "de")), ErrorCode::Gone);
    EXPECT_EQ(files(), 0);
    EXPECT_EQ(used().reserved_bytes, 0);
}

TEST_P(UploadsTest, EndWhenTheirBytesWereLost) {
    auto const shorter = must(begin(6)).id, gone = must(begin(6)).id, damaged = must(begin(6)).id;
    for (auto const& id : {shorter, gone, damaged}) must(send(id, 0, "abc"));
    std::filesystem::resize_file(files_ + "/" + shorter, 2);
    std::filesystem::remove(files_ + "/" + gone);
    must(database().write(
        [&](db::Session& s) { return s.change(kDamage, {damaged, db::Blob{"x"}}); }));
    for (auto const& id : {shorter, gone, damaged}) {
        EXPECT_EQ(code(send(id, 3, "def")), ErrorCode::Gone);
        EXPECT_EQ(code(head(id)), ErrorCode::Gone);
    }
    EXPECT_EQ(used().reserved_bytes, 0);
    EXPECT_EQ(clips(), 0);
}

TEST_P(UploadsTest, ReserveTheirWholeLength) {
    quota_.most_bytes = 100;
    must(begin(60));
    EXPECT_EQ(used().reserved_bytes, 60);
    EXPECT_EQ(code(begin(41)), ErrorCode::QuotaReached);
    quota_.most_bytes = 0;
    store_.free = 100;
    EXPECT_EQ(code(begin(41)), ErrorCode::DiskFull) << "60 of the 100 are promised";
    auto const id = must(begin(40)).id;
    must(uploads_->end("ws_a", id));
    must(begin(40, "b.mp4", "ws_b"));
    EXPECT_EQ(code(begin(1)), ErrorCode::DiskFull);
}

TEST_P(UploadsTest, AreOfVideosOfARealLength) {
    EXPECT_EQ(code(begin(0)), ErrorCode::BadRequest);
    EXPECT_EQ(code(begin(-1)), ErrorCode::BadRequest);
    EXPECT_EQ(code(begin(kMostBytes + 1)), ErrorCode::LimitReached);
    must(begin(kMostBytes));
    for (std::string const bad : {"a.exe", "a.mp4.exe", "", "../a.mp4", "a\n.mp4", "\xff.mp4"})
        EXPECT_EQ(code(begin(1, bad)), ErrorCode::BadRequest) << bad;
}

TEST_P(UploadsTest, AreFewAtATime) {
    for (int i = 0; i < kMostOpen; ++i) must(begin(1));
    EXPECT_EQ(code(begin(1)), ErrorCode::QuotaReached);
    EXPECT_TRUE(begin(1, "a.mp4", "ws_b"));
}

TEST_P(UploadsTest, CanBeEndedAndTheirClipsStay) {
    auto const id = must(begin(6)).id;
    must(send(id, 0, "abc"));
    EXPECT_EQ(code(uploads_->end("ws_b", id)), ErrorCode::NotFound);
    must(uploads_->end("ws_a", id));
    EXPECT_EQ(code(uploads_->end("ws_a", id)), ErrorCode::Gone);
    EXPECT_EQ(code(head(id)), ErrorCode::Gone);
    EXPECT_EQ(files(), 0);
    EXPECT_EQ(used().reserved_bytes, 0);

    auto const whole = must(send(must(begin(3)).id, 0, "abc"));
    must(uploads_->end("ws_a", whole.id));
    EXPECT_EQ(code(head(whole.id)), ErrorCode::NotFound);
    EXPECT_EQ(stored(whole.clip_id), "abc");
}

TEST_P(UploadsTest, ExpireADayAfterTheLastByte) {
    auto const id = must(begin(6)).id;
    clock_.at += kKeptUs - 1;
    must(send(id, 0, "abc"));
    clock_.at += kKeptUs - 1;
    EXPECT_EQ(must(uploads_->sweep()), 0);
    EXPECT_EQ(must(head(id)).received, 3);
    clock_.at += 1;
    EXPECT_EQ(code(head(id)), ErrorCode::Gone);
    EXPECT_EQ(code(send(id, 3, "def")), ErrorCode::Gone);
    EXPECT_EQ(must(uploads_->sweep()), 1);
    EXPECT_EQ(code(head(id)), ErrorCode::NotFound);
    EXPECT_EQ(files(), 0);
    EXPECT_EQ(used().reserved_bytes, 0);
}

TEST_P(UploadsTest, TheSweepRemovesFilesOfNobody) {
    auto const id = must(begin(6)).id;
    must(send(id, 0, "abc"));
    std::ofstream(files_ + "/upload_00000000000070008000000000000000") << "x";
    std::ofstream(files_ + "/other") << "x";
    EXPECT_EQ(must(uploads_->sweep()), 1);
    EXPECT_EQ(files(), 2);
    EXPECT_EQ(stored(must(send(id, 3, "def")).clip_id), "abcdef");
}

TEST_P(UploadsTest, BeganWithAGuessCanBeShorter) {
    auto const id = must(begin(100)).id;
    auto const appender = must(uploads_->append("ws_a", id, 0));
    must(appender->write("abc"));
    auto const done = must(appender->finish_short());
    EXPECT_EQ(done.length, 3);
    EXPECT_EQ(stored(done.clip_id), "abc");
    EXPECT_EQ(used().committed_bytes, 3);
    EXPECT_EQ(used().reserved_bytes, 0);
    auto const empty = must(uploads_->append("ws_a", must(begin(100)).id, 0));
    EXPECT_EQ(code(empty->finish_short()), ErrorCode::NothingToDo);
}

TEST_P(UploadsTest, FilesAreClosedToOthersAndNoLinkIsFollowed) {
    auto const id = must(begin(6)).id;
    std::ofstream(folder_ + "/other") << "other";
    std::filesystem::create_symlink("../other", files_ + "/" + id);
    EXPECT_EQ(code(send(id, 0, "abc")), ErrorCode::Unwritable);
    std::filesystem::remove(files_ + "/" + id);
    must(send(id, 0, "abc"));
    struct stat s{};
    ASSERT_EQ(::stat((files_ + "/" + id).c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777, 0600U);
    ASSERT_EQ(::stat(files_.c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777, 0700U);
}

TEST_P(UploadsTest, AFullDiskStopsThemAndTheyGoOnAfterwards) {
    files_ = folder_ + "/small";
    std::filesystem::create_directory(files_);
    if (::mount("none", files_.c_str(), "tmpfs", 0, "size=1m") != 0)
        GTEST_SKIP() << "no small disk can be made here (needs root)";
    reopen();
    auto const bytes = random_bytes(900'000);
    auto const id = must(begin(900'000)).id;
    std::ofstream(files_ + "/other") << random_bytes(500'000);
    EXPECT_EQ(code(send(id, 0, bytes)), ErrorCode::DiskFull);
    auto const received = must(head(id)).received;
    EXPECT_LT(received, 900'000);
    std::filesystem::remove(files_ + "/other");
    auto const done = send(id, received, bytes.substr(static_cast<std::size_t>(received)));
    EXPECT_EQ(stored(must(done).clip_id), bytes) << "also from one disk to another";
    uploads_.reset();
    EXPECT_EQ(::umount(files_.c_str()), 0);
}

}  // namespace
}  // namespace aiditor::uploads
