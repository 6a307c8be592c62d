#include "service/accounts/common_passwords.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace aiditor::accounts {
namespace {

/// Each stands for itself, twice itself, and itself with digits and signs around it.
constexpr std::array<std::string_view, 120> kWords{
    "password",   "passwort",   "passw",       "pass",       "kennwort",      "contrasena",
    "motdepasse", "senha",      "parola",      "wachtwoord", "haslo",         "qwerty",
    "qwertz",     "azerty",     "letmein",     "welcome",    "willkommen",    "bienvenue",
    "hello",      "hallo",      "hola",        "admin",      "root",          "user",
    "guest",      "test",       "tester",      "testing",    "demo",          "login",
    "master",     "access",     "secret",      "geheim",     "changeme",      "default",
    "temp",       "iloveyou",   "iloveu",      "loveyou",    "lovely",        "love",
    "sunshine",   "princess",   "dragon",      "monkey",     "shadow",        "superman",
    "batman",     "spiderman",  "pokemon",     "pikachu",    "naruto",        "starwars",
    "minecraft",  "fortnite",   "roblox",      "valorant",   "counterstrike", "csgo",
    "overwatch",  "warcraft",   "playstation", "nintendo",   "xbox",          "steam",
    "twitch",     "discord",    "youtube",     "google",     "facebook",      "instagram",
    "tiktok",     "gamer",      "gaming",      "football",   "fussball",      "baseball",
    "basketball", "soccer",     "hockey",      "liverpool",  "arsenal",       "chelsea",
    "barcelona",  "realmadrid", "michael",     "jordan",     "jessica",       "ashley",
    "jennifer",   "charlie",    "daniel",      "thomas",     "andrew",        "matthew",
    "robert",     "george",     "nicole",      "hunter",     "killer",        "ninja",
    "trustno",    "whatever",   "freedom",     "flower",     "cheese",        "chocolate",
    "banana",     "computer",   "internet",    "mustang",    "corvette",      "ferrari",
    "porsche",    "summer",     "winter",      "spring",     "autumn",        "aiditor"};

constexpr std::array<std::string_view, 9> kRows{
    "abcdefghijklmnopqrstuvwxyz", "01234567890",
    "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujmikolp", "q1w2e3r4t5y6u7i8o9p0",
    "1q2w3e4r5t6y7u8i9o0p"};

constexpr std::size_t kShortestName = 4;  // a shorter name says little about the password

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c & 0x80) != 0; }

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string without_swaps(std::string text) {
    static constexpr std::string_view kSigns = "@4301!$57", kLetters = "aaeoiissT";
    for (char& c : text)
        if (auto const i = kSigns.find(c); i != std::string_view::npos)
            c = kLetters[i] == 'T' ? 't' : kLetters[i];
    return text;
}

std::string_view core(std::string_view text) {
    while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
    while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
    return text;
}

/// The shortest piece that `text` repeats, a part of it at the end allowed.
std::string_view piece(std::string_view text) {
    for (std::size_t n = 1; n < text.size(); ++n)
        if (text.substr(n) == text.substr(0, text.size() - n)) return text.substr(0, n);
    return text;
}

bool is_row(std::string_view text) {
    std::string const back(text.rbegin(), text.rend());
    return std::ranges::any_of(kRows, [&](std::string_view row) {
        return row.find(text) != std::string_view::npos || row.find(back) != std::string_view::npos;
    });
}

bool is_word(std::string_view text, std::string_view name) {
    if (text.empty()) return false;
    auto const one = piece(text);
    for (auto const word : {text, text.size() % one.size() == 0 ? one : text})
        if (std::ranges::find(kWords, word) != kWords.end() ||
            (name.size() >= kShortestName && word == name))
            return true;
    return text.size() >= kShortestName && is_row(text);
}

}  // namespace

bool is_common_password(std::string_view password, std::string_view email) {
    auto const plain = lower(password);
    auto const address = lower(email);
    auto const name = std::string(std::string_view(address).substr(0, address.find('@')));
    if (plain == address || piece(plain).size() <= 4 || is_row(plain)) return true;
    // Swaps are undone before and after the ends are cut: "p@ssw0rd1!" needs the one, "pa$$" the
    // other.
    auto const cut = without_swaps(std::string(core(plain)));
    auto const swapped = without_swaps(plain);
    return is_word(core(plain), name) || is_word(cut, name) || is_word(core(swapped), name);
}

}  // namespace aiditor::accounts
