#include "apps/aiditor/show.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>

namespace aiditor::app {

using timeline::clock_text;
using timeline::PlanClip;

namespace {

constexpr std::size_t kMostRows = 40, kNameWidth = 24;

std::string words_for(std::string const& group) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kWords{{
        {"burst", "sudden sound"},
        {"loudness", "loudness"},
        {"fullness", "full sound"},
        {"stream", "motion"},
        {"picture", "picture change"},
        {"voice", "voice"},
        {"ending", "end of the clip"},
        {"event", "marked event"},
        {"taste", "your taste"},
        {"attack", "sudden sound"},
        {"level", "loudness"},
        {"tone", "tone of the sound"},
        {"rarity", "rare sound"},
    }};
    for (auto const& [name, text] : kWords)
        if (name == group) return std::string(text);
    return printable(group);
}

/// The file's own name, cut to the column at its front, where names are least telling.
std::string column_name(std::string const& file) {
    auto name = printable(std::filesystem::path(file).filename().string());
    if (name.size() <= kNameWidth) return name;
    auto from = name.size() - kNameWidth + 3;
    while (from < name.size() && (static_cast<unsigned char>(name[from]) & 0xC0) == 0x80) ++from;
    return "..." + name.substr(from);
}

std::string show_table(timeline::EditPlan const& plan) {
    std::vector<PlanClip const*> ranked;
    for (auto const& clip : plan.clips)
        if (!clip.fill) ranked.push_back(&clip);
    if (ranked.empty()) return "no highlights; all filler\n";
    std::ranges::stable_sort(ranked, std::ranges::greater{}, &PlanClip::score);
    auto out = fmt::format("{:>4}  {:<{}}  {:>9}  {:>9}  {:>6}  {}\n", "rank", "clip", kNameWidth,
                           "time", "in film", "score", "why");
    for (std::size_t i = 0; i < ranked.size() && i < kMostRows; ++i) {
        auto const& c = *ranked[i];
        auto const in_film =
            timeline::frame_start(c.first_frame, plan.frame_rate) + c.peak_s - c.source_start_s;
        out += fmt::format("{:>4}  {:<{}}  {:>9}  {:>9}  {:>6.2f}  {}\n", i + 1,
                           column_name(plan.sources[static_cast<std::size_t>(c.source)].file),
                           kNameWidth, clock_text(c.peak_s), clock_text(in_film), c.score,
                           show_why(c.why));
    }
    if (ranked.size() > kMostRows)
        out += fmt::format("      and {} more\n", ranked.size() - kMostRows);
    return out;
}

std::string show_sound(timeline::SoundReport const& sound) {
    if (!sound.loudness_lufs) return "sound: silent";
    auto text = fmt::format("sound: {:.1f} LUFS", *sound.loudness_lufs);
    if (sound.true_peak_dbtp) text += fmt::format(", true peak {:.1f} dBTP", *sound.true_peak_dbtp);
    if (sound.near_silent) text += ", nearly silent and left as it was";
    return text;
}

std::string show_all(std::string_view title, std::vector<sandbox::Capability> const& all) {
    auto out = fmt::format("{}\n", title);
    for (auto const& c : all)
        out += fmt::format("  {} {:<16} {}\n", c.works ? "yes" : "no ", printable(c.name),
                           printable(c.detail));
    return out;
}

}  // namespace

std::string show_why(std::map<std::string, double> const& why, std::size_t most) {
    std::vector<std::pair<double, std::string>> parts;
    double sum = 0;
    for (auto const& [group, part] : why) {
        if (part <= 0) continue;
        sum += part;
        parts.emplace_back(part, group);
    }
    std::ranges::sort(parts, [](auto const& a, auto const& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    if (parts.size() > most) parts.resize(most);
    std::string out;
    for (auto const& [part, group] : parts) {
        auto const percent = 100 * part / sum;
        if (percent < 5 && !out.empty()) break;
        out += fmt::format("{}{} {:.0f} %", out.empty() ? "" : ", ", words_for(group), percent);
    }
    return out;
}

std::string show_montage(pipeline::MontageReport const& report) {
    auto const& plan = report.plan;
    auto out = show_table(plan);
    auto const rate =
        static_cast<double>(plan.frame_rate.num) / static_cast<double>(plan.frame_rate.den);
    out += '\n';
    for (auto const& o : report.render.outputs)
        out +=
            fmt::format("{}: {}x{}, {:.4g} fps, {} ({} frames), {:.1f} MB, {}\n", printable(o.file),
                        o.width, o.height, rate, clock_text(report.render.length_s), o.frames,
                        static_cast<double>(o.size_bytes) / 1e6, printable(o.encoder));
    out += show_sound(report.render.sound) + '\n';
    out += fmt::format("filler: {} of {}\n", clock_text(plan.filled_s), clock_text(plan.length_s));
    if (!report.skipped.empty()) out += fmt::format("skipped: {} inputs\n", report.skipped.size());
    return out;
}

std::string show_highlights(timeline::Highlights const& found) {
    std::string out;
    for (auto const& clip : found.clips) {
        out += fmt::format("{} ({}, {}): ", printable(clip.file), clock_text(clip.duration_s),
                           printable(found.detector));
        std::vector<timeline::Highlight const*> ranked;
        for (auto const& highlight : clip.highlights) ranked.push_back(&highlight);
        std::ranges::stable_sort(ranked, std::ranges::greater{}, &timeline::Highlight::score);
        if (ranked.empty()) out += "nothing stands out\n";
        else
            out += fmt::format("{} highlights\n{:>4}  {:>9}  {:>19}  {:>6}  {:<8}  {}\n",
                               ranked.size(), "rank", "peak", "from .. to", "score", "kind", "why");
        for (std::size_t i = 0; i < ranked.size(); ++i) {
            auto const& h = *ranked[i];
            out += fmt::format("{:>4}  {:>9}  {:>9}..{:<9} {:>6.2f}  {:<8}  {}\n", i + 1,
                               clock_text(h.peak_s), clock_text(h.start_s), clock_text(h.end_s),
                               h.score, printable(h.kind), show_why(h.why));
        }
        out += '\n';
    }
    return out;
}

std::string show_config(Config const& config) {
    std::string out;
    for (auto const& setting : kSettings) {
        auto const& value = config.text(setting.name);
        bool const hidden = setting.type == SettingType::Secret && !value.empty();
        out += fmt::format("{:16} {:30} {}\n", setting.name,
                           hidden          ? "(secret)"
                           : value.empty() ? "(none)"
                                           : printable(value),
                           printable(config.origin(setting.name)));
    }
    return out;
}

std::string show_doctor(Doctor const& doctor) {
    auto out = fmt::format("aiditor {}\n{}\n\n", doctor.version, printable(doctor.media.ffmpeg));
    out += show_all("containers", doctor.media.containers);
    out += show_all("decoders", doctor.media.decoders);
    out += show_all("encoders (each tried on real pictures or sound)", doctor.media.encoders);
    auto const level =
        static_cast<int>(doctor.sandbox.level) - static_cast<int>(sandbox::SandboxLevel::A);
    out += fmt::format("\nsandbox level {}\n", "ABC"[level]);
    for (auto const& layer : doctor.sandbox.layers) out += "  " + printable(layer) + '\n';
    for (auto const& a : doctor.sandbox.attempts)
        out += fmt::format("  {} {:<34} {}\n", a.denied ? "denied " : "ALLOWED", printable(a.name),
                           printable(a.detail));
    auto const& detector = doctor.detector;
    out += fmt::format("\ndetector\n  {} ({}, by {})\n", printable(detector.name),
                       printable(detector.asked_for), printable(detector.asked_by));
    if (!detector.problem.empty()) out += fmt::format("  {}\n", printable(detector.problem));
    out += "\nlimits\n";
    for (auto const& [name, value] : doctor.limits)
        out += fmt::format("  {:<28} {}\n", name, value);
    return out;
}

}  // namespace aiditor::app
