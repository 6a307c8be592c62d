#include "service/accounts/email_address.hpp"

#include "base/printable.hpp"

#include <algorithm>

namespace aiditor::accounts {

Result<std::string> normal_email(std::string_view typed) {
    constexpr std::size_t kMostLocal = 64, kMostAll = 254;
    while (typed.starts_with(' ')) typed.remove_prefix(1);
    while (typed.ends_with(' ')) typed.remove_suffix(1);
    std::string out(typed.substr(0, kMostAll + 1));
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    auto const at = out.find('@');
    auto const domain = at == std::string::npos ? "" : out.substr(at + 1);
    bool const plain =
        printable(out) == out && out.find_first_of(" \"(),:;<>[\\]") == std::string::npos;
    bool const dotted = !out.starts_with('.') && !out.ends_with('.') && !domain.starts_with('.') &&
                        !domain.starts_with('-') && out.find("..") == std::string::npos;
    if (out.size() > kMostAll || at == 0 || at > kMostLocal || domain.empty() ||
        domain.find('@') != std::string::npos || !plain || !dotted)
        return fail(ErrorCode::BadRequest, "this is no e-mail address");
    return out;
}

}  // namespace aiditor::accounts
