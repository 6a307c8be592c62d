#include "service/accounts/keys.hpp"

#include "base/file.hpp"
#include "base/json.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/standing_clock.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace aiditor::accounts {
namespace {

namespace fs = std::filesystem;

class KeyFile : public testing::Test {
protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "keys-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        path_ = folder_ / "keys.json";
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::unique_ptr<Keys> open() { return Keys::open(path_, clock_).value(); }
    Error error() { return Keys::open(path_, clock_).error(); }
    void put(KeyRing const& ring) {
        fs::remove(path_);
        ASSERT_TRUE(write_text(path_, json::to_text(ring)));
        ::chmod(path_.c_str(), 0600);
    }

    fs::path folder_;
    std::string path_;
    StandingClock clock_;
};

TEST_F(KeyFile, IsMadeOnceAndForItsOwnerAlone) {
    auto const first = open()->ring();
    struct stat s{};
    ASSERT_EQ(::stat(path_.c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777, 0600U);
    auto const second = open()->ring();
    EXPECT_EQ(first->signing[0].secret, second->signing[0].secret);
    EXPECT_EQ(first->signing[0].bytes().size(), 32U);
    std::set<std::string> const secrets{first->signing[0].secret, first->refresh[0].secret,
                                        first->encryption[0].secret};
    EXPECT_EQ(secrets.size(), 3U);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "nothing left beside it";
}

TEST_F(KeyFile, IsTheSameForProgramsThatStartAtOnce) {
    std::vector<std::string> secrets(8);
    {
        std::vector<std::jthread> threads;
        for (auto& secret : secrets)
            threads.emplace_back([&] { secret = open()->ring()->signing[0].secret; });
    }
    EXPECT_EQ(std::set<std::string>(secrets.begin(), secrets.end()).size(), 1U);
}

TEST_F(KeyFile, IsRefusedWhenOthersMayReadIt) {
    (void)open();
    ::chmod(path_.c_str(), 0640);
    EXPECT_EQ(error().code, ErrorCode::Usage);
    EXPECT_THAT(error().message, testing::HasSubstr("chmod 600"));
}

TEST_F(KeyFile, IsRefusedWithSecretsThatAreWeakMissingOrTwice) {
    auto const good = *open()->ring();
    auto const refuses = [&](auto const& change, std::string const& at) {
        auto ring = good;
        change(ring);
        put(ring);
        EXPECT_EQ(error().code, ErrorCode::Usage);
        EXPECT_THAT(error().message, testing::HasSubstr(at));
    };
    refuses([](KeyRing& r) { r.signing[0].secret = "changeme"; }, "/signing/0/secret");
    refuses([](KeyRing& r) { r.refresh[0].secret = std::string(43, 'A'); }, "/refresh/0/secret");
    refuses([](KeyRing& r) { r.encryption.clear(); }, "/encryption");
    refuses([](KeyRing& r) { r.signing[0].id = "a\"b"; }, "/signing/0/id");
    refuses([](KeyRing& r) { r.refresh[0].id = r.signing[0].id; }, "/refresh/0/id");
    put(good);
    EXPECT_TRUE(Keys::open(path_, clock_));
}

TEST_F(KeyFile, IsRefusedWhenItIsNoJsonAndMissesWhenItsFolderDoes) {
    ASSERT_TRUE(write_text(path_, "{"));
    ::chmod(path_.c_str(), 0600);
    EXPECT_EQ(error().code, ErrorCode::Usage);
    path_ = folder_ / "none" / "keys.json";
    EXPECT_EQ(error().code, ErrorCode::Unwritable);
}

TEST_F(KeyFile, RotatesToKeysThatAreUsedOnceEveryNodeReadThem) {
    auto const keys = open();
    auto const old = keys->ring()->signing[0].id;
    clock_.at += kDay;
    ASSERT_TRUE(keys->rotate());
    auto const ring = keys->ring();
    ASSERT_EQ(ring->signing.size(), 2U);
    EXPECT_EQ(ring->for_signing(clock_.now()).id, old);
    EXPECT_EQ(ring->for_refresh(clock_.now()).id, ring->refresh[0].id);
    clock_.at += kKeySpread;
    EXPECT_EQ(ring->for_signing(clock_.now()).id, ring->signing[1].id);
    EXPECT_EQ(ring->for_refresh(clock_.now()).id, ring->refresh[1].id);
    EXPECT_EQ(open()->ring()->signing.size(), 2U) << "the file has them too";
}

TEST_F(KeyFile, ForgetsKeysThatNothingValidNeeds) {
    auto const keys = open();
    ASSERT_TRUE(keys->rotate());
    clock_.at += 2 * kHour;
    ASSERT_TRUE(keys->rotate());
    EXPECT_EQ(keys->ring()->signing.size(), 2U);
    EXPECT_EQ(keys->ring()->refresh.size(), 3U);
    clock_.at += 91 * kDay;
    ASSERT_TRUE(keys->rotate());
    EXPECT_EQ(keys->ring()->signing.size(), 2U);
    EXPECT_EQ(keys->ring()->refresh.size(), 2U);
    EXPECT_EQ(keys->ring()->encryption.size(), 4U);
}

TEST_F(KeyFile, KeepsThePresentSecretsWhenReadingAgainFails) {
    auto const keys = open();
    fs::remove(path_);
    EXPECT_EQ(keys->reload().error().code, ErrorCode::NotFound);
    EXPECT_EQ(keys->ring()->signing.size(), 1U);
}

TEST_F(KeyFile, SealsTextForOneContext) {
    auto const keys = open();
    auto const sealed = keys->ring()->seal("secret text", "totp/user_1", clock_.now());
    EXPECT_EQ(sealed.find("secret"), std::string::npos);
    EXPECT_EQ(keys->ring()->open(sealed, "totp/user_1").value(), "secret text");
    EXPECT_FALSE(keys->ring()->open(sealed, "totp/user_2"));
    EXPECT_NE(keys->ring()->seal("secret text", "totp/user_1", clock_.now()), sealed);

    clock_.at += kHour;
    ASSERT_TRUE(keys->rotate());
    clock_.at += kHour;
    EXPECT_EQ(keys->ring()->open(sealed, "totp/user_1").value(), "secret text");
    EXPECT_NE(keys->ring()->seal("", "x", clock_.now()).substr(0, 8), sealed.substr(0, 8));
    EXPECT_EQ(keys->ring()->open(keys->ring()->seal("", "x", clock_.now()), "x").value(), "");
}

TEST_F(KeyFile, OpensNothingThatWasChanged) {
    auto const ring = open()->ring();
    auto const sealed = ring->seal("secret", "x", clock_.now());
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(ring->open(changed, "x")) << i;
        EXPECT_FALSE(ring->open(sealed.substr(0, i), "x")) << i;
    }
}

}  // namespace
}  // namespace aiditor::accounts
