#include "base/config.hpp"

#include "base/file.hpp"
#include "base/printable.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

// The library's compiled form would put its definitions on every command line of the build.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace aiditor {
namespace {

std::string variable_of(std::string_view name) {
    std::string out = "AIDITOR_";
    for (char const c : name) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return out;
}

std::string all_names() {
    std::string out;
    for (auto const& setting : kSettings)
        out += (out.empty() ? "" : ", ") + std::string(setting.name);
    return out;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 15 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::unexpected<Error> wrong(std::string const& path, toml::source_position at,
                             std::string const& what) {
    return fail(ErrorCode::Usage, fmt::format("{}: line {}: {}", printable(path), at.line, what));
}

/// The file that is read when $AIDITOR_CONFIG names none; empty without a home.
std::string usual_file(auto const& variable) {
    // Relative ones are void (XDG base directory specification).
    auto const xdg = variable("XDG_CONFIG_HOME"), home = variable("HOME");
    if (xdg.starts_with('/')) return xdg + "/aiditor/aiditor.toml";
    return home.starts_with('/') ? home + "/.config/aiditor/aiditor.toml" : "";
}

}  // namespace

Result<> Config::read_file(std::string const& path) {
    auto const text = TRY(read_text(path, kMostBytes));
    try {
        auto const table = toml::parse(text);
        for (auto const& [key, node] : table) {
            auto const name = key.str();
            auto const known = std::ranges::find(kSettings, name, &Setting::name);
            if (known == kSettings.end())
                return wrong(
                    path, key.source().begin,
                    fmt::format("`{}` is not a key; there are {}", printable(name), all_names()));
            auto value = node.value_exact<std::string>();
            if (known->type == SettingType::Number) {
                value = node.is_integer() ? std::to_string(*node.value<std::int64_t>()) : "";
                if (!is_number(*value))
                    return wrong(path, key.source().begin,
                                 fmt::format("`{}` must be a whole number from 0", name));
            }
            if (!value)
                return wrong(path, key.source().begin,
                             fmt::format("`{}` must be text in quotes", name));
            if (value->find('\0') != std::string::npos)
                return wrong(path, key.source().begin,
                             fmt::format("`{}` must not hold a NUL character", name));
            auto& entry = values_.at(std::string(name));
            entry = {*value, path};
            if (known->type == SettingType::Path && !value->empty())
                entry.value = std::filesystem::path(path).parent_path() / *value;
        }
    } catch (toml::parse_error const& e) {
        return wrong(path, e.source().begin,
                     fmt::format("is not TOML: {}", printable(e.description())));
    }
    return {};
}

Result<Config> Config::load(Environment const& environment) {
    auto const variable = [&](std::string const& name) {
        char const* value = environment(name.c_str());
        return std::string(value ? value : "");
    };
    Config out;
    for (auto const& setting : kSettings)
        out.values_[std::string(setting.name)] = {std::string(setting.fallback), "the default"};

    auto const asked = variable("AIDITOR_CONFIG");
    auto const path = asked.empty() ? usual_file(variable) : asked;
    if (!path.empty()) {
        auto const read = out.read_file(path);
        // A home that this user may not enter holds no settings of his.
        bool const may_be_missing = asked.empty() && ::access(path.c_str(), F_OK) != 0;
        if (!read && !may_be_missing) return fail(ErrorCode::Usage, read.error().message);
        if (read) out.file_ = path;
    }
    for (auto const& setting : kSettings) {
        auto const name = variable_of(setting.name), file = name + "_FILE";
        auto& entry = out.values_[std::string(setting.name)];
        if (setting.type == SettingType::Secret && !variable(file).empty()) {
            auto secret = read_text(variable(file), kMostBytes);
            if (!secret) return fail(ErrorCode::Usage, file + ": " + secret.error().message);
            secret->erase(secret->find_last_not_of("\r\n") + 1);
            entry = {std::move(*secret), file};
        }
        if (variable(name).empty()) continue;
        if (setting.type == SettingType::Number && !is_number(variable(name)))
            return fail(ErrorCode::Usage, name + ": must be a whole number from 0");
        entry = {variable(name), name};
    }
    return out;
}

std::int64_t Config::number(std::string_view name) const {
    return std::strtoll(text(name).c_str(), nullptr, 10);
}

Result<Config> Config::load() {
    return load([](char const* name) -> char const* { return std::getenv(name); });
}

}  // namespace aiditor
