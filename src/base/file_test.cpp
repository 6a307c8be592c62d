#include "base/file.hpp"

#include "base/printable.hpp"
#include "base/sha256.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aiditor {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Files : public ::testing::Test {
protected:
    Files() {
        std::string name = fs::temp_directory_path() / "aiditor-file-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~Files() override { fs::remove_all(folder_); }

    [[nodiscard]] std::string at(std::string const& name) const { return folder_ / name; }
    void put(std::string const& name, std::string const& text) const {
        std::ofstream(at(name)) << text;
    }
    [[nodiscard]] std::string text_of(std::string const& name) const {
        std::stringstream s;
        s << std::ifstream(at(name)).rdbuf();
        return s.str();
    }
    [[nodiscard]] std::ptrdiff_t entries() const {
        return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
    }

    fs::path folder_;
};

template <class T>
ErrorCode code_of(Result<T> const& r) {
    return r ? ErrorCode{} : r.error().code;
}

TEST_F(Files, an_output_appears_only_when_published) {
    auto out = OutputFile::create(at("a.mp4"));
    ASSERT_TRUE(out);
    ASSERT_TRUE(write_all(out->fd(), "picture", "a.mp4"));
    EXPECT_EQ(entries(), 0);
    ASSERT_TRUE(out->flush());
    ASSERT_TRUE(out->publish());
    EXPECT_EQ(text_of("a.mp4"), "picture");
    EXPECT_EQ(entries(), 1);
}

TEST_F(Files, an_output_replaces_an_older_file_and_leaves_nothing_beside_it) {
    put("a.mp4", "old");
    {
        auto given_up = OutputFile::create(at("a.mp4"));
        ASSERT_TRUE(write_all(given_up->fd(), "half", "a.mp4"));
    }
    EXPECT_EQ(text_of("a.mp4"), "old");
    ASSERT_TRUE(write_text(at("a.mp4"), "new"));
    EXPECT_EQ(text_of("a.mp4"), "new");
    EXPECT_EQ(entries(), 1);
}

TEST_F(Files, a_killed_writer_leaves_no_file) {
    auto const child = ::fork();
    if (child == 0) {
        auto out = OutputFile::create(at("a.mp4"));
        (void)write_all(out->fd(), "half", "a.mp4");
        ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(entries(), 0);
}

TEST_F(Files, an_output_that_cannot_be_written_is_refused_before_the_work) {
    EXPECT_THAT(OutputFile::create(at("none/a.mp4")).error().message, HasSubstr("does not exist"));
    EXPECT_EQ(code_of(OutputFile::create(folder_.string())), ErrorCode::Unwritable);
    EXPECT_EQ(code_of(OutputFile::create("/proc/a.mp4")), ErrorCode::Unwritable);
    EXPECT_EQ(code_of(OutputFile::create(at(std::string(250, 'x')))), ErrorCode::Unwritable);
}

TEST_F(Files, a_full_disk_is_named) {
    UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    auto const r = write_all(full.get(), "x", "out.mp4");
    EXPECT_EQ(code_of(r), ErrorCode::DiskFull);
    EXPECT_THAT(r.error().message, HasSubstr("out.mp4"));
}

TEST_F(Files, reading_never_blocks_and_says_what_is_wrong) {
    ::mkfifo(at("fifo").c_str(), 0600);
    EXPECT_EQ(code_of(open_regular(at("fifo"))), ErrorCode::Unreadable);
    EXPECT_EQ(code_of(open_regular("/dev/zero")), ErrorCode::Unreadable);
    EXPECT_EQ(code_of(open_regular(folder_.string())), ErrorCode::Unreadable);
    EXPECT_EQ(code_of(open_regular(at("missing"))), ErrorCode::NotFound);
    put("text", "12345");
    EXPECT_EQ(read_text(at("text"), 5).value(), "12345");
    EXPECT_EQ(code_of(read_text(at("text"), 4)), ErrorCode::LimitReached);
}

TEST_F(Files, an_input_under_any_name_is_refused_as_output) {
    put("in.mp4", "x");
    put("other.mp4", "x");
    fs::create_symlink(at("in.mp4"), at("symlink.mp4"));
    fs::create_hard_link(at("in.mp4"), at("hardlink.mp4"));
    std::vector const inputs{open_regular(at("in.mp4"))->facts};
    for (auto const* name : {"in.mp4", "symlink.mp4", "hardlink.mp4"})
        EXPECT_EQ(code_of(refuse_same_file(at(name), inputs)), ErrorCode::OutputIsInput) << name;
    EXPECT_TRUE(refuse_same_file(at("other.mp4"), inputs));
    EXPECT_TRUE(refuse_same_file(at("new.mp4"), inputs));
}

TEST_F(Files, a_folder_is_made_with_those_above_it_or_left_as_it_is) {
    auto const deep = at("a/b/c");
    EXPECT_TRUE(make_folder(deep));
    EXPECT_TRUE(make_folder(deep));
    EXPECT_TRUE(std::filesystem::is_directory(deep));
    ASSERT_TRUE(write_text(at("file"), "x"));
    EXPECT_EQ(make_folder(at("file")).error().code, ErrorCode::Unwritable);
    EXPECT_EQ(make_folder(at("file/below")).error().code, ErrorCode::Unwritable);
}

TEST_F(Files, unnamed_files_are_never_seen) {
    auto const fd = unnamed_file(folder_.string());
    ASSERT_TRUE(fd);
    EXPECT_TRUE(write_all(fd->get(), "x", "scratch"));
    EXPECT_EQ(entries(), 0);
}

TEST_F(Files, sha256_gives_the_published_vectors) {
    // FIPS 180-4 examples.
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    put("abc", "abc");
    auto const file = open_regular(at("abc"));
    EXPECT_EQ(sha256_of_file(file->fd.get()).value(), sha256_hex("abc"));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(code_of(sha256_of_file(file->fd.get(), stop.get_token())), ErrorCode::Cancelled);
}

TEST(Printable, shows_what_could_fool_a_reader) {
    EXPECT_EQ(printable("caf\xC3\xA9 \xE2\x9C\x93"), "caf\xC3\xA9 \xE2\x9C\x93");
    EXPECT_EQ(printable("a\x1B[2Jb\n"), "a\\x1B[2Jb\\x0A");
    EXPECT_EQ(printable("a\xFF"), "a\\xFF");
    EXPECT_EQ(printable("\xE2\x80\xAE"
                        "4pm"),
              "\\xE2\\x80\\xAE"
              "4pm");
    EXPECT_FALSE(is_utf8("\xC0\x80"));
    EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
    EXPECT_FALSE(is_utf8("\xE2\x82"));
    EXPECT_TRUE(is_utf8("\xF0\x9F\x8E\xAE"));
}

}  // namespace
}  // namespace aiditor
