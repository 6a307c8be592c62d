/// How long a person waits after changing a wish: stored cues -> highlights -> plan, in process.
///
///   rerank HOURS RUNS MODEL.json ANALYSIS.json...    joins the cues to one recording of that
///   length and prints the milliseconds of each run as JSON: judging by either detector (once a
///   clip), other weights, other length and order, likes.

#include "base/file.hpp"
#include "engine/detect/model.hpp"
#include "engine/detect/rules.hpp"
#include "engine/detect/taste.hpp"
#include "engine/pipeline/pipeline.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <limits>
#include <span>
#include <string>

using namespace aiditor;
using timeline::CueTrack;

namespace {

constexpr std::size_t kMostBytes = 256U << 20;

[[noreturn]] void die(std::string const& why) {
    fmt::print(stderr, "rerank: {}\n", why);
    std::exit(1);
}

/// The clips end to end, again and again, until the length is full.
CueTrack joined(std::vector<CueTrack> const& parts, std::size_t samples) {
    CueTrack out{.file = "joined.mp4",
                 .sha256 = "joined",
                 .analyser = parts.front().analyser,
                 .duration_s = timeline::seconds(static_cast<std::int64_t>(samples) / 5),
                 .rate_hz = 5,
                 .samples = static_cast<std::int64_t>(samples),
                 .cues = {}};
    for (auto const& cue : parts.front().cues) {
        std::vector<float> values;
        for (std::size_t p = 0; values.size() < samples; p = (p + 1) % parts.size()) {
            auto const more = parts[p].find(cue.name);
            values.insert(values.end(), more.begin(), more.end());
            if (!more.empty()) continue;
            auto const missing = std::numeric_limits<float>::quiet_NaN();
            values.insert(values.end(), static_cast<std::size_t>(parts[p].samples), missing);
        }
        values.resize(samples);
        out.cues.push_back({cue.name, std::move(values)});
    }
    return out;
}

template <class F>
void measure(std::string_view name, int runs, F const& work, bool last = false) {
    std::vector<double> ms;
    for (int i = 0; i < runs; ++i) {
        auto const begun = std::chrono::steady_clock::now();
        work(i);
        auto const took = std::chrono::steady_clock::now() - begun;
        ms.push_back(std::chrono::duration<double, std::milli>(took).count());
    }
    fmt::print("\"{}\": [{:.3f}]{}\n", name, fmt::join(ms, ", "), last ? "" : ",");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) die("usage: rerank HOURS RUNS MODEL.json ANALYSIS.json...");
    auto const hours = std::strtod(argv[1], nullptr);
    auto const runs = static_cast<int>(std::strtol(argv[2], nullptr, 10));
    std::vector<CueTrack> parts;
    auto const model = detect::load_model(argv[3]);
    if (!model) die(model.error().message);
    for (auto const* path : std::span(argv + 4, static_cast<std::size_t>(argc - 4))) {
        auto text = read_text(path, kMostBytes);
        if (!text) die(text.error().message);
        auto set = json::from_text<pipeline::AnalysisSet>(*text);
        if (!set) die(std::string(path) + ": " + set.error().message);
        for (auto& clip : set->clips) parts.push_back(std::move(clip.cues));
    }
    if (parts.empty() || hours <= 0 || runs < 1) die("nothing to measure");
    std::vector<CueTrack> const tracks{
        joined(parts, static_cast<std::size_t>(hours * 3600 * detect::kRateHz))};
    auto const detector = detect::make_rules();
    auto const evidence = detect::weigh(*detector, tracks);
    if (!evidence) die(evidence.error().message);
    detect::Wishes liking;
    for (int i = 1; i <= 10; ++i)
        liking.likes.marks.push_back(
            detect::remember(tracks[0], timeline::seconds(300 * i), i % 2 == 0));

    auto const plan_with = [&](detect::Wishes const& wishes, edit::PlanOptions const& options) {
        auto found = detect::find_highlights(detector->name(), tracks, *evidence, {}, wishes);
        found.clips[0].frame_rate = timeline::Rational{60, 1};
        auto const plan = edit::plan_montage(found, options);
        if (!plan || plan->clips.empty()) die("no plan");
    };
    fmt::print("{{\n");
    auto const judge = [&](std::string_view name, detect::Detector const& by) {
        measure(name, std::min(runs, 20), [&](int) {
            auto const found = detect::weigh(by, tracks);
            if (!found || found->empty()) die("no evidence");
        });
    };
    judge("judge, rules", *detector);
    judge("judge, model", **model);
    measure("weights", runs, [&](int i) {
        detect::Wishes wishes;
        wishes.weights["burst"] = 0.5 + i % 10 * 0.3;
        plan_with(wishes, {});
    });
    measure("length and order", runs, [&](int i) {
        edit::PlanOptions options;
        options.length = timeline::seconds(15 + i % 20 * 30);
        options.order = i % 2 == 0 ? edit::Order::Time : edit::Order::Score;
        plan_with({}, options);
    });
    measure("ten likes", runs, [&](int) { plan_with(liking, {}); }, true);
    fmt::print("}}\n");
}
