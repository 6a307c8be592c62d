#include "service/storage/object_store.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aiditor::storage {
namespace {

namespace fs = std::filesystem;

class LocalStoreFolder : public testing::Test {
protected:
    void SetUp() override {
        auto name = (fs::temp_directory_path() / "storage-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        auto made = local_store(folder_ / "objects");
        ASSERT_TRUE(made) << made.error().message;
        store_ = std::move(*made);
    }
    void TearDown() override { fs::remove_all(folder_); }

    Result<> put(std::string_view key, std::string_view bytes) const {
        auto const writer = TRY(store_->create(key));
        TRY_VOID(writer->write(bytes));
        return writer->commit();
    }
    Result<std::string> get(std::string_view key) const {
        auto const fd = TRY(store_->open(key));
        return read_all(fd.get(), 1 << 20);
    }
    [[nodiscard]] std::size_t files() const {
        std::size_t count = 0;
        for (auto const& entry : fs::recursive_directory_iterator(folder_))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }

    fs::path folder_;
    std::unique_ptr<ObjectStore> store_;
};

TEST(Keys, AreShortRelativeAndOfPlainCharacters) {
    for (auto const* key : {"a", "w/ws_1/clips/clip_2/1/source.mp4", "A-b_c.d"})
        EXPECT_TRUE(is_key(key)) << key;
    for (std::string_view const key :
         {"", "/", "/a", "a/", "a//b", "..", "a/../b", ".", "a/./b", "a b", "a\\b", "ä"})
        EXPECT_FALSE(is_key(key)) << key;
    EXPECT_FALSE(is_key(std::string_view("a\0b", 3)));
    EXPECT_TRUE(is_key(std::string(512, 'a')));
    EXPECT_FALSE(is_key(std::string(513, 'a')));
}

TEST_F(LocalStoreFolder, GivesBackWhatWasCommitted) {
    ASSERT_TRUE(put("w/ws_1/clips/c/1/a.mp4", std::string("x\0y", 3)));
    EXPECT_EQ(get("w/ws_1/clips/c/1/a.mp4").value(), std::string("x\0y", 3));
    EXPECT_EQ(store_->facts("w/ws_1/clips/c/1/a.mp4")->size, 3);
    EXPECT_EQ(get("w/ws_1/clips/c/1/b.mp4").error().code, ErrorCode::NotFound);
    EXPECT_EQ(store_->facts("w/other").error().code, ErrorCode::NotFound);
}

TEST_F(LocalStoreFolder, ConfirmsOnlyWhatIsThere) {
    ASSERT_TRUE(put("w/a", "bytes"));
    EXPECT_TRUE(store_->confirm("w/a"));
    EXPECT_EQ(store_->confirm("w/b").error().code, ErrorCode::NotFound);
}

TEST_F(LocalStoreFolder, NothingIsThereBeforeTheCommit) {
    {
        auto const writer = store_->create("a/b");
        ASSERT_TRUE(writer);
        ASSERT_TRUE((*writer)->write("half"));
        EXPECT_EQ(get("a/b").error().code, ErrorCode::NotFound);
    }
    EXPECT_EQ(files(), 0U);
}

TEST_F(LocalStoreFolder, AKeyIsWrittenOnce) {
    ASSERT_TRUE(put("a", "first"));
    EXPECT_EQ(put("a", "second").error().code, ErrorCode::Conflict);
    EXPECT_EQ(get("a").value(), "first");
    auto const file = (folder_ / "file").string();
    std::ofstream(file) << "third";
    EXPECT_EQ(store_->adopt(file, "a").error().code, ErrorCode::Conflict);
    EXPECT_EQ(get("a").value(), "first");
}

TEST_F(LocalStoreFolder, TakesOverAFile) {
    auto const file = (folder_ / "file").string();
    std::ofstream(file) << "bytes";
    ASSERT_TRUE(store_->adopt(file, "w/x/y"));
    EXPECT_EQ(get("w/x/y").value(), "bytes");
    EXPECT_FALSE(fs::exists(file));
    EXPECT_EQ(store_->adopt(file, "w/x/z").error().code, ErrorCode::NotFound);
}

TEST_F(LocalStoreFolder, RemovingIsDoneOnceAndMayBeRepeated) {
    ASSERT_TRUE(put("a/b", "x"));
    EXPECT_TRUE(store_->remove("a/b"));
    EXPECT_TRUE(store_->remove("a/b"));
    EXPECT_TRUE(store_->remove("never/was"));
    EXPECT_EQ(files(), 0U);
}

TEST_F(LocalStoreFolder, IsClosedToOthers) {
    ASSERT_TRUE(put("a/b", "x"));
    for (auto const& [path, mode] :
         {std::pair{"objects", 0700}, {"objects/a", 0700}, {"objects/a/b", 0600}}) {
        struct stat s{};
        ASSERT_EQ(::stat((folder_ / path).c_str(), &s), 0);
        EXPECT_EQ(s.st_mode & 0777, static_cast<mode_t>(mode)) << path;
    }
}

TEST_F(LocalStoreFolder, FollowsNoLinkOutOfItsFolder) {
    std::ofstream(folder_ / "secret") << "secret";
    fs::create_symlink(folder_ / "secret", folder_ / "objects/link");
    fs::create_directory_symlink(folder_, folder_ / "objects/out");
    EXPECT_FALSE(get("link"));
    EXPECT_FALSE(get("out/secret"));
    EXPECT_FALSE(put("out/new", "x"));
    EXPECT_FALSE(fs::exists(folder_ / "new"));
}

TEST_F(LocalStoreFolder, RefusesWhatIsNoKey) {
    EXPECT_EQ(put("../x", "x").error().code, ErrorCode::Internal);
    EXPECT_EQ(get("/etc/passwd").error().code, ErrorCode::Internal);
}

TEST_F(LocalStoreFolder, TestsItself) {
    EXPECT_TRUE(store_->self_test());
    EXPECT_EQ(files(), 0U);
    EXPECT_GE(store_->free_bytes().value(), 0);
}

}  // namespace
}  // namespace aiditor::storage
