#pragma once
/// Settings that a person keeps: a TOML file, and environment variables with the same names.

#include "base/result.hpp"

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace aiditor {

enum class SettingType : std::uint8_t {
    Text = 1,
    Path,    ///< in the file relative to the folder of the file
    Number,  ///< a whole number, not negative
    Secret,  ///< shown nowhere; AIDITOR_NAME_FILE may name a file that holds it
};

/// One key. Its environment variable is AIDITOR_ and the name in capitals.
struct Setting {
    std::string_view name;
    SettingType type;
    std::string_view fallback;
    std::string_view help;
};

/// Every key there is; the file may hold no other. docs/cli.md tells people about them.
inline constexpr std::array kSettings{
    Setting{"detector", SettingType::Text, "rules",
            "how highlights are found: rules, model, or auto (the model where there is one)"},
    Setting{"model", SettingType::Path, "",
            "description of the trained detector (default: models/highlight.json beside the "
            "program)"},
    Setting{"data", SettingType::Path, "",
            "folder of the service's data (default: aiditor in $XDG_DATA_HOME or ~/.local/share)"},
    Setting{"database", SettingType::Secret, "",
            "sqlite:PATH or postgresql://... (default: aiditor.db in the data folder)"},
    Setting{"listen", SettingType::Text, "127.0.0.1:8080", "address and port of the service"},
    Setting{"public_url", SettingType::Text, "",
            "how browsers reach the service (default: http:// and the address it listens on)"},
    Setting{"accounts", SettingType::Text, "single",
            "single (this machine's user, no sign-in), closed, invite or open"},
    Setting{"smtp_url", SettingType::Text, "",
            "mail server, smtps://HOST:465 or smtp://HOST:587; without one no mails are sent"},
    Setting{"smtp_from", SettingType::Text, "", "address that mails come from"},
    Setting{"smtp_user", SettingType::Text, "", "for signing in to the mail server"},
    Setting{"smtp_password", SettingType::Secret, "", "for signing in to the mail server"},
    Setting{"smtp_ca", SettingType::Path, "",
            "certificates (PEM) to trust for the mail server (default: the system's)"},
    Setting{"workers", SettingType::Number, "1", "jobs done at once by this process; 0: none"},
    Setting{"quota_gb", SettingType::Number, "0", "what a workspace may keep; 0: no limit"},
    Setting{"trusted_proxies", SettingType::Text, "",
            "addresses of proxies whose forwarding headers count, e.g. 127.0.0.1/32"},
};

/// Immutable after it was loaded. What the environment says stands above the file, and the file
/// above the default; options of the command line stand above all and are the caller's.
class Config {
public:
    /// Gives null for a variable that is not set.
    using Environment = std::function<char const*(char const*)>;
    static constexpr std::size_t kMostBytes = 64U << 10;

    /// The file is $AIDITOR_CONFIG, else aiditor/aiditor.toml in $XDG_CONFIG_HOME or ~/.config,
    /// where it may be missing. An empty variable is as good as none. Errors name the file, the
    /// line and the key, and are all Usage: a file that cannot be read or is larger than
    /// kMostBytes, text that is no TOML, an unknown key, a value of another type, a Secret's file.
    [[nodiscard]] static Result<Config> load(Environment const& environment);
    /// With the environment of this process.
    [[nodiscard]] static Result<Config> load();

    /// `name` is one of kSettings.
    [[nodiscard]] std::string const& text(std::string_view name) const { return at(name).value; }
    /// Of a Number.
    [[nodiscard]] std::int64_t number(std::string_view name) const;
    /// Where the value is from, for messages: a variable, a file, or "the default".
    [[nodiscard]] std::string const& origin(std::string_view name) const { return at(name).origin; }

    /// The file that was read; empty without one.
    [[nodiscard]] std::string const& file() const { return file_; }

private:
    struct Entry {
        std::string value, origin;
    };
    [[nodiscard]] Entry const& at(std::string_view name) const {
        return values_.find(name)->second;
    }
    [[nodiscard]] Result<> read_file(std::string const& path);

    std::map<std::string, Entry, std::less<>> values_;
    std::string file_;
};

}  // namespace aiditor
