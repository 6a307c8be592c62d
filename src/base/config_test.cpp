#include "base/config.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <unistd.h>

namespace aiditor {
namespace {

using testing::HasSubstr;

/// A folder of its own, and an environment that knows nothing else.
class ConfigFile : public testing::Test {
protected:
    ConfigFile() { std::filesystem::create_directories(folder_); }
    ~ConfigFile() override { std::filesystem::remove_all(folder_); }

    std::string write(std::string const& text, std::string const& name = "aiditor.toml") {
        auto const path = folder_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
        return path.string();
    }
    Result<Config> load(std::map<std::string, std::string> const& environment) {
        return Config::load([&](char const* name) -> char const* {
            auto const it = environment.find(name);
            return it == environment.end() ? nullptr : it->second.c_str();
        });
    }
    /// The message of a file that is refused.
    std::string refusal(std::string const& text) {
        auto const config = load({{"AIDITOR_CONFIG", write(text)}});
        if (config) return "accepted";
        EXPECT_EQ(config.error().code, ErrorCode::Usage);
        EXPECT_THAT(config.error().message, HasSubstr("aiditor.toml: line "));
        return config.error().message;
    }

    std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) / ("config_" + std::to_string(::getpid()));
};

TEST_F(ConfigFile, NothingSetGivesTheDefaults) {
    auto const config = load({});
    ASSERT_TRUE(config);
    for (auto const& setting : kSettings) {
        EXPECT_EQ(config->text(setting.name), setting.fallback);
        EXPECT_EQ(config->origin(setting.name), "the default");
    }
}

TEST_F(ConfigFile, TheEnvironmentStandsAboveTheFile) {
    auto const path = write("detector = \"model\"\nmodel = \"/a/b.json\"\n");
    auto const config = load({{"AIDITOR_CONFIG", path}, {"AIDITOR_DETECTOR", "auto"}});
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->text("detector"), "auto");
    EXPECT_EQ(config->origin("detector"), "AIDITOR_DETECTOR");
    EXPECT_EQ(config->text("model"), "/a/b.json");
    EXPECT_EQ(config->origin("model"), path);
}

TEST_F(ConfigFile, NumbersAreWholeAndNotNegative) {
    auto const config = load({{"AIDITOR_CONFIG", write("workers = 3")}});
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->number("workers"), 3);
    EXPECT_EQ(load({{"AIDITOR_WORKERS", "2"}})->number("workers"), 2);
    for (auto const* value : {"-1", "1.5", "\"3\"", "true"})
        EXPECT_THAT(refusal(std::string("workers = ") + value), HasSubstr("whole number"));
    for (auto const* value : {"-1", "x", "1 ", "99999999999999999999"})
        EXPECT_FALSE(load({{"AIDITOR_WORKERS", value}})) << value;
}

TEST_F(ConfigFile, ASecretMayLieInAFileOfItsOwn) {
    auto const file = write("postgresql://x:secret@/y\n", "secret");
    auto const config = load({{"AIDITOR_DATABASE_FILE", file}});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("database"), "postgresql://x:secret@/y");
    EXPECT_EQ(config->origin("database"), "AIDITOR_DATABASE_FILE");
    EXPECT_EQ(load({{"AIDITOR_DATABASE_FILE", file + "x"}}).error().code, ErrorCode::Usage);
}

TEST_F(ConfigFile, AnEmptyVariableIsAsGoodAsNone) {
    auto const config = load({{"AIDITOR_DETECTOR", ""}, {"AIDITOR_CONFIG", ""}});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("detector"), "rules");
}

TEST_F(ConfigFile, PathsInTheFileAreSeenFromItsFolder) {
    auto const config = load({{"AIDITOR_CONFIG", write("model = \"m/x.json\"")}});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("model"), (folder_ / "m/x.json").string());
}

TEST_F(ConfigFile, IsFoundInTheUsualPlacesAndMayBeMissingThere) {
    write("detector = \"auto\"", "xdg/aiditor/aiditor.toml");
    write("detector = \"model\"", "home/.config/aiditor/aiditor.toml");
    auto const xdg = (folder_ / "xdg").string(), home = (folder_ / "home").string();
    EXPECT_EQ(load({{"XDG_CONFIG_HOME", xdg}, {"HOME", home}})->text("detector"), "auto");
    EXPECT_EQ(load({{"XDG_CONFIG_HOME", "relative"}, {"HOME", home}})->text("detector"), "model");
    EXPECT_EQ(load({{"HOME", "/nonexistent"}})->text("detector"), "rules");
}

TEST_F(ConfigFile, AFileThatIsAskedForMustBeThere) {
    auto const config = load({{"AIDITOR_CONFIG", "/nonexistent/x.toml"}});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, ErrorCode::Usage);
    EXPECT_THAT(config.error().message, HasSubstr("/nonexistent/x.toml"));
    auto const folder = load({{"AIDITOR_CONFIG", folder_.string()}});
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, ErrorCode::Usage);
}

TEST_F(ConfigFile, WhatItCannotUseIsRefusedWithTheLine) {
    EXPECT_THAT(refusal("detector = \"rules\"\ndetectr = \"x\""),
                testing::AllOf(HasSubstr("line 2"), HasSubstr("detectr"), HasSubstr("model")));
    EXPECT_THAT(refusal("detector = 3"), HasSubstr("must be text"));
    EXPECT_THAT(refusal("[detector]\nx = 1"), HasSubstr("must be text"));
    EXPECT_THAT(refusal("detector = "), HasSubstr("is not TOML"));
    EXPECT_THAT(refusal("detector = \"a\"\ndetector = \"b\""), HasSubstr("is not TOML"));
    EXPECT_THAT(refusal("\xff\xfe"), HasSubstr("is not TOML"));
    EXPECT_THAT(refusal("model = \"a\\u0000b\""), HasSubstr("NUL"));
}

TEST_F(ConfigFile, IsOfLimitedSize) {
    auto const path = write(std::string(Config::kMostBytes + 1, '#'));
    auto const config = load({{"AIDITOR_CONFIG", path}});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, ErrorCode::Usage);
    EXPECT_THAT(config.error().message, HasSubstr("64 KiB"));
}

}  // namespace
}  // namespace aiditor
