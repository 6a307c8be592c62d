#pragma once
/// The passwords that are guessed first, known without asking anybody.

#include <string_view>

namespace aiditor::accounts {

/// Whether what is left of `password` without case, the usual swaps of letters (@ for a, 0 for o)
/// and the digits and signs around it is one of the words people choose most, a row of the
/// keyboard or the alphabet, one short piece again and again, or the name in `email`.
[[nodiscard]] bool is_common_password(std::string_view password, std::string_view email);

}  // namespace aiditor::accounts
