#include "service/clips/clips.hpp"

#include "service/clips/file_names.hpp"
#include "service/clips/import.hpp"
#include "service/db/testing.hpp"
#include "service/events/events.hpp"
#include "service/jobs/jobs.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace aiditor::clips {
namespace {

using db::testing::must;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr db::Query kAddWorkspace{
    "test/add_workspace",
    "INSERT INTO workspaces (id, name, created_at_us, members_changed_at_us) "
    "VALUES ($1, $1, 0, 0)"};

class ClipsTest : public db::testing::EachDatabase {
protected:
    void SetUp() override {
        for (auto const* id : {"ws_a", "ws_b"})
            must(database().write([&](db::Session& s) { return s.change(kAddWorkspace, {id}); }));
        std::filesystem::create_directory(folder_ + "/clips");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    template <class F>
    auto write(F const& work) {
        return database().write(work);
    }
    void keep(std::string const& key, std::string const& workspace = "ws_a") {
        must(write([&](db::Session& s) -> Result<> {
            TRY_VOID(stage(s, workspace, key, 5, {}));
            return commit(s, key, 5, "hash");
        }));
    }
    Added add_clip(std::string id, std::string hash, std::string workspace = "ws_a") {
        auto const key = "w/" + workspace + "/" + id;
        keep(key, workspace);
        NewClip const clip{.id = std::move(id),
                           .workspace_id = workspace,
                           .name = "ace.mp4",
                           .source_key = key,
                           .source_path = std::nullopt,
                           .size = 5,
                           .sha256 = std::move(hash)};
        return must(write([&](db::Session& s) { return add(s, clip); }));
    }
    Result<Clip> get(std::string_view id, std::string_view workspace = "ws_a") {
        return database().read([&](db::Session& s) { return find(s, workspace, id); });
    }
    std::vector<std::string> news() {
        std::vector<std::string> out;
        auto const replay =
            must(database().read([](db::Session& s) { return events::since(s, "ws_a", 0); }));
        for (auto const& event : replay.events)
            if (event.kind.starts_with("clip")) out.push_back(event.kind + " " + event.subject_id);
        return out;
    }
    Usage used() {
        return must(database().read([](db::Session& s) { return usage(s, "ws_a"); }));
    }
    void make_file(std::string const& name, std::string_view text = "video") {
        std::ofstream(folder_ + "/clips/" + name) << text;
    }
    Result<Added> import(std::string const& path) {
        return import_file(database(), "ws_a", folder_ + "/clips", path);
    }
    static std::string new_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "clipsXXXXXX").string();
        return ::mkdtemp(name.data());
    }
    std::string folder_ = new_folder();
};
INSTANTIATE_TEST_SUITE_P(Databases, ClipsTest, db::testing::databases(), db::testing::name_of);

TEST_P(ClipsTest, BringAJobAndAnEventWithThem) {
    EXPECT_TRUE(add_clip("clip_1", "h1").is_new);
    auto const clip = must(get("clip_1"));
    EXPECT_EQ(clip.state, ClipState::Checking);
    EXPECT_EQ(clip.source_key, "w/ws_a/clip_1");
    auto const job = must(jobs::claim(database(), "worker"));
    ASSERT_TRUE(job);
    EXPECT_EQ(job->kind, "ingest");
    EXPECT_EQ(job->subject_id, "clip_1");
    EXPECT_THAT(news(), ElementsAre("clip.added clip_1"));
}

TEST_P(ClipsTest, AreOneForEachContentOfAWorkspace) {
    add_clip("clip_1", "h1");
    auto const again = add_clip("clip_2", "h1");
    EXPECT_FALSE(again.is_new);
    EXPECT_EQ(again.clip_id, "clip_1");
    EXPECT_TRUE(add_clip("clip_3", "h1", "ws_b").is_new);
    EXPECT_FALSE(get("clip_2"));
    EXPECT_THAT(news(), ElementsAre("clip.added clip_1"));
}

TEST_P(ClipsTest, AreFoundInTheirOwnWorkspaceAlone) {
    add_clip("clip_1", "h1");
    EXPECT_EQ(get("clip_1", "ws_b").error().code, ErrorCode::NotFound);
    auto const gone = [](auto result) { return result.error().code == ErrorCode::NotFound; };
    EXPECT_TRUE(gone(write([](db::Session& s) { return rename(s, "ws_b", "clip_1", "x"); })));
    EXPECT_TRUE(gone(write([](db::Session& s) { return remove(s, "ws_b", "clip_1"); })));
    EXPECT_TRUE(get("clip_1"));
}

TEST_P(ClipsTest, AreListedNewestFirstByPages) {
    for (int i = 1; i <= 5; ++i) add_clip("clip_" + std::to_string(i), "h" + std::to_string(i));
    auto const page = [&](std::string const& cursor) {
        std::vector<std::string> out;
        for (auto const& clip :
             must(database().read([&](db::Session& s) { return list(s, "ws_a", cursor, 3); })))
            out.push_back(clip.id);
        return out;
    };
    EXPECT_THAT(page(""), ElementsAre("clip_5", "clip_4", "clip_3"));
    EXPECT_THAT(page("clip_3"), ElementsAre("clip_2", "clip_1"));
}

TEST_P(ClipsTest, TakeTheirObjectsAndJobsWithThem) {
    add_clip("clip_1", "h1");
    auto const running = must(jobs::claim(database(), "worker"));
    ASSERT_TRUE(running);
    must(write([](db::Session& s) { return remove(s, "ws_a", "clip_1"); }));
    EXPECT_FALSE(get("clip_1"));
    EXPECT_EQ(used().committed_bytes, 0);
    EXPECT_TRUE(must(jobs::heartbeat(database(), *running, "x", 0))) << "asked to stop";
    EXPECT_EQ(write([](db::Session& s) { return set_unusable(s, "clip_1", "x"); }).error().code,
              ErrorCode::NotFound);

    add_clip("clip_2", "h1");
    must(write([](db::Session& s) { return remove(s, "ws_a", "clip_2"); }));
    EXPECT_FALSE(must(jobs::claim(database(), "worker"))) << "the waiting job was cancelled";
    EXPECT_THAT(news(), ElementsAre("clip.added clip_1", "clip.removed clip_1", "clip.added clip_2",
                                    "clip.removed clip_2"));
}

TEST_P(ClipsTest, AreReadyWithWhatWasMadeOfThemAndCanBeMadeAnew) {
    add_clip("clip_1", "h1");
    auto const check = [&](std::string const& attempt) {
        auto const key = [&](std::string const& name) { return "w/ws_a/" + attempt + name; };
        for (auto const* name : {"a.json", "p.mp4", "p.jpg", "s.jpg"}) keep(key(name));
        Checked const checked{.media = R"({"x_test":1})",
                              .analysis_key = key("a.json"),
                              .proxy_key = key("p.mp4"),
                              .poster_key = key("p.jpg"),
                              .strip_key = key("s.jpg")};
        must(write([&](db::Session& s) { return set_checked(s, "clip_1", checked); }));
    };
    check("1");
    check("2");
    auto const clip = must(get("clip_1"));
    EXPECT_EQ(clip.state, ClipState::Ready);
    EXPECT_EQ(clip.proxy_key, "w/ws_a/2p.mp4");
    EXPECT_EQ(used().committed_bytes, 25) << "the source and the second attempt";
    must(write([](db::Session& s) { return set_unusable(s, "clip_1", "No picture in it."); }));
    EXPECT_EQ(must(get("clip_1")).problem, "No picture in it.");
    EXPECT_EQ(used().committed_bytes, 5);
    EXPECT_THAT(news(), ElementsAre("clip.added clip_1", "clip.ready clip_1", "clip.ready clip_1",
                                    "clip.unusable clip_1"));
}

TEST_P(ClipsTest, AreRenamedToWhatCanBeShown) {
    add_clip("clip_1", "h1");
    must(write([](db::Session& s) { return rename(s, "ws_a", "clip_1", "Übung ✂"); }));
    EXPECT_EQ(must(get("clip_1")).name, "Übung ✂");
    for (std::string const& bad : {std::string(), std::string("a\nb"), std::string("a/b"),
                                   std::string("\xff"), std::string(256, 'x'),
                                   std::string("a\xe2\x80\xae"
                                               "b")})
        EXPECT_EQ(
            write([&](db::Session& s) { return rename(s, "ws_a", "clip_1", bad); }).error().code,
            ErrorCode::BadRequest)
            << bad;
}

TEST_P(ClipsTest, AreImportedWhereTheyLie) {
    std::filesystem::create_directory(folder_ + "/clips/june");
    make_file("june/Ace.MKV");
    auto const added = must(import("june/Ace.MKV"));
    auto const clip = must(get(added.clip_id));
    EXPECT_EQ(clip.name, "Ace.MKV");
    EXPECT_EQ(clip.size, 5);
    EXPECT_EQ(clip.source_path,
              std::filesystem::canonical(folder_).string() + "/clips/june/Ace.MKV");
    EXPECT_EQ(used().committed_bytes, 0);
    auto const store = must(storage::local_store(folder_ + "/store"));
    EXPECT_EQ(must(read_all(must(open_source(clip, *store)).get(), 100)), "video");
    EXPECT_FALSE(must(import(folder_ + "/clips/june/Ace.MKV")).is_new) << "by its whole path";

    make_file("june/Ace.MKV", "another");
    EXPECT_EQ(open_source(clip, *store).error().code, ErrorCode::Conflict);
    must(write([&](db::Session& s) { return remove(s, "ws_a", clip.id); }));
    EXPECT_TRUE(std::filesystem::exists(*clip.source_path));
    std::filesystem::remove(*clip.source_path);
    EXPECT_EQ(open_source(clip, *store).error().code, ErrorCode::NotFound);
}

TEST_P(ClipsTest, TheImportLeavesTheFolderByNoWay) {
    make_file("a.mp4");
    make_file("a.txt");
    make_file("empty.mp4", "");
    std::ofstream(folder_ + "/secret.mp4") << "secret";
    std::filesystem::create_symlink("a.mp4", folder_ + "/clips/link.mp4");
    std::filesystem::create_symlink("..", folder_ + "/clips/up");
    ::mkfifo((folder_ + "/clips/fifo.mp4").c_str(), 0600);
    std::filesystem::create_directory(folder_ + "/clips/folder.mp4");
    auto const code = [&](std::string const& path) { return import(path).error().code; };
    for (std::string const path : {"../secret.mp4", "up/secret.mp4", "link.mp4", "./a.mp4", "",
                                   "x/../a.mp4", "/secret.mp4", "a.txt"})
        EXPECT_EQ(code(path), ErrorCode::BadRequest) << path;
    EXPECT_EQ(code(folder_ + "/secret.mp4"), ErrorCode::BadRequest);
    EXPECT_EQ(code("fifo.mp4"), ErrorCode::Unreadable);
    EXPECT_EQ(code("folder.mp4"), ErrorCode::Unreadable);
    EXPECT_EQ(code("none.mp4"), ErrorCode::NotFound);
    EXPECT_EQ(code("empty.mp4"), ErrorCode::NothingToDo);
    EXPECT_TRUE(import("a.mp4"));
}

TEST(FileNames, AreVideosByTheirEnd) {
    EXPECT_EQ(video_extension("A.Mp4"), ".mp4");
    EXPECT_EQ(video_extension("a.b.m2ts"), ".m2ts");
    for (auto const* name : {"a", "a.exe", ".mp4", "mp4", "a.mp4.exe", "a.mp4 "})
        EXPECT_FALSE(video_extension(name)) << name;
    EXPECT_EQ(media_type_of("w/x/source.mkv"), "video/x-matroska");
    EXPECT_EQ(media_type_of("w/x/poster.jpg"), "image/jpeg");
    EXPECT_EQ(media_type_of("w/x/data"), "application/octet-stream");
}

TEST(FileNames, AreQuotedForDownloads) {
    EXPECT_EQ(attachment("a b.mp4"),
              "attachment; filename=\"a b.mp4\"; filename*=UTF-8''a%20b.mp4");
    EXPECT_EQ(attachment("ü\"\r\n.mp4"),
              "attachment; filename=\"____.mp4\"; filename*=UTF-8''%C3%BC%22%0D%0A.mp4");
}

}  // namespace
}  // namespace aiditor::clips
