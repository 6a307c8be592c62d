#include "engine/edit/plan_montage.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <random>
#include <sstream>

namespace aiditor::edit {
namespace {

using namespace timeline;
namespace fs = std::filesystem;

// ---- cases as text: golden/*.in.txt -> golden/*.out.txt ---------------------------------------

struct Case {
    Highlights found;
    PlanOptions options;
};

Format format_of(std::string const& name) {
    return json::from_value<Format>(json::Value(name)).value();
}

Case read_case(fs::path const& path) {
    Case c;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream in(line);
        std::string word, text;
        double x = 0, y = 0, z = 0;
        in >> word;
        if (word.empty() || word[0] == '#') continue;
        auto* clip = c.found.clips.empty() ? nullptr : &c.found.clips.back();
        if (word == "asked" && in >> x) c.options.length = from_seconds(x);
        else if (word == "lead" && in >> x >> y)
            c.options.lead_in = from_seconds(x), c.options.lead_out = from_seconds(y);
        else if (word == "order" && in >> text)
            c.options.order = json::from_value<Order>(json::Value(text)).value();
        else if (word == "crossfade" && in >> x)
            c.options.transition = TransitionKind::Crossfade,
            c.options.transition_length = from_seconds(x);
        else if (word == "formats") {
            c.options.formats.clear();
            while (in >> text) c.options.formats.push_back(format_of(text));
        } else if (word == "no-fill") c.options.fill = false;
        else if (word == "clip") {
            Rational rate;
            in >> text >> x >> rate.num >> rate.den;
            c.found.clips.push_back({text, "", from_seconds(x), rate, {}, {1, {}}});
        } else if (word == "highlight" && clip) {
            double score = 0;
            in >> x >> y >> z >> score >> text;
            clip->highlights.push_back(
                {from_seconds(x), from_seconds(y), from_seconds(z), score, text, {{text, score}}});
        } else if (word == "curve" && clip)
            while (in >> x) clip->curve.values.push_back(x);
        else ADD_FAILURE() << path << ": cannot read: " << line;
    }
    return c;
}

std::string describe(Result<EditPlan> const& plan) {
    if (!plan) return fmt::format("{}: {}\n", code_name(plan.error().code), plan.error().message);
    auto out = fmt::format("{} frames at {}/{}, {:.3f} s filled\n", plan->frames,
                           plan->frame_rate.num, plan->frame_rate.den, to_seconds(plan->filled_s));
    for (std::size_t i = 0; i < plan->clips.size(); ++i) {
        auto const& c = plan->clips[i];
        auto const from = to_seconds(c.source_start_s);
        out += fmt::format("{} {:.3f}..{:.3f} peak {:.3f} score {} {}{}\n",
                           plan->sources[static_cast<std::size_t>(c.source)].file, from,
                           from + to_seconds(frame_start(c.frames, plan->frame_rate)),
                           to_seconds(c.peak_s), c.score, c.kind, c.fill ? " (filler)" : "");
        if (i < plan->transitions.size() && plan->transitions[i].frames > 0)
            out += fmt::format("  crossfade of {} frames\n", plan->transitions[i].frames);
    }
    for (auto const& o : plan->outputs) out += fmt::format("output {}x{}\n", o.width, o.height);
    for (auto const& note : plan->notes) out += "note: " + note + "\n";
    return out;
}

TEST(PlanMontage, gives_the_plans_of_the_golden_files) {
    int cases = 0;
    for (auto const& entry : fs::directory_iterator(AIDITOR_SOURCE_DIR "/src/engine/edit/golden")) {
        auto const name = entry.path().filename().string();
        if (!name.ends_with(".in.txt")) continue;
        auto const out_path =
            entry.path().parent_path() / (name.substr(0, name.size() - 7) + ".out.txt");
        auto const c = read_case(entry.path());
        auto const actual = describe(plan_montage(c.found, c.options));
        if (std::getenv("UPDATE_GOLDEN")) std::ofstream(out_path) << actual;
        std::stringstream expected;
        expected << std::ifstream(out_path).rdbuf();
        EXPECT_EQ(actual, expected.str()) << name << " (UPDATE_GOLDEN=1 writes the new text)";
        ++cases;
    }
    EXPECT_GE(cases, 8);
}

// ---- rules that hold for every input ----------------------------------------------------------

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    int upto(int most) {
        return static_cast<int>(engine_() % static_cast<std::uint64_t>(most + 1));
    }
    template <class T>
    T const& one_of(std::vector<T> const& all) {
        return all[static_cast<std::size_t>(upto(static_cast<int>(all.size()) - 1))];
    }
    Time time(int most_ms) { return milliseconds(upto(most_ms)) + Time{upto(705'599)}; }

private:
    std::mt19937_64 engine_;
};

Case random_case(std::uint64_t seed) {
    Random r(seed);
    static std::vector<Rational> const rates{{30, 1}, {60, 1}, {24000, 1001}, {144, 1},
                                             {25, 1}, {15, 1}, {30000, 1001}, {60000, 1001}};
    Case c;
    auto const clips = 1 + r.upto(5);
    for (int i = 0; i < clips; ++i) {
        ClipHighlights clip{
            fmt::format("{}.mp4", i), "", r.time(r.one_of<int>({300, 8000, 90'000})),
            r.one_of(rates),          {}, {5, {}}};
        auto const ms = static_cast<int>(to_seconds(clip.duration_s) * 1000);
        for (int h = r.upto(12); h > 0; --h) {
            std::vector<int> at{r.upto(ms), r.upto(ms), r.upto(ms)};
            std::ranges::sort(at);
            clip.highlights.push_back({milliseconds(at[0]),
                                       milliseconds(at[1]),
                                       milliseconds(at[2]),
                                       r.upto(9) / 10.0,
                                       "k",
                                       {}});
        }
        if (r.upto(4) > 0)
            for (int v = ms * 5 / 1000; v > 0; --v) clip.curve.values.push_back(r.upto(20) / 20.0);
        c.found.clips.push_back(std::move(clip));
    }
    c.options.length = milliseconds(1) + r.time(r.one_of<int>({500, 10'000, 60'000, 400'000}));
    c.options.lead_in = r.time(r.one_of<int>({0, 3000, 9000}));
    c.options.lead_out = r.time(r.one_of<int>({0, 3000, 9000}));
    c.options.order = r.upto(1) ? Order::Time : Order::Score;
    c.options.transition = r.upto(1) ? TransitionKind::Cut : TransitionKind::Crossfade;
    c.options.transition_length = r.time(2000);
    c.options.fill = r.upto(3) > 0;
    return c;
}

/// Source frames [from, to) that a clip shows, its share of crossfades included.
struct Shown {
    int source;
    std::int64_t from, to, order;
};

std::vector<Shown> shown(EditPlan const& plan) {
    std::vector<Shown> all;
    for (std::size_t i = 0; i < plan.clips.size(); ++i) {
        auto const& c = plan.clips[i];
        auto const from = frames_in(c.source_start_s, plan.frame_rate);
        auto const before = i > 0 ? plan.transitions[i - 1].frames / 2 : 0;
        auto const after = i < plan.transitions.size() ? plan.transitions[i].frames / 2 : 0;
        EXPECT_EQ(frame_start(from, plan.frame_rate), c.source_start_s);
        all.push_back({c.source, from - before, from + c.frames + after, from});
    }
    return all;
}

void check_rules(Case const& c, EditPlan const& plan) {
    EXPECT_TRUE(plan.validate("")) << plan.validate("").error().message;
    auto all = shown(plan);
    if (c.options.order == Order::Time) {
        EXPECT_TRUE(std::ranges::is_sorted(
            all, {}, [](Shown const& s) { return std::pair(s.source, s.order); }));
    } else {
        EXPECT_TRUE(
            std::ranges::is_sorted(plan.clips, std::ranges::greater{},
                                   [](PlanClip const& p) { return std::pair(!p.fill, p.score); }));
    }
    std::ranges::sort(all, {}, [](Shown const& s) { return std::pair(s.source, s.from); });
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_GE(all[i].from, 0);
        auto const& source = plan.sources[static_cast<std::size_t>(all[i].source)];
        EXPECT_LE(frame_start(all[i].to, plan.frame_rate),
                  source.duration_s + frame_start(1, plan.frame_rate) / 2);
        if (i > 0 && all[i - 1].source == all[i].source) {
            EXPECT_LE(all[i - 1].to, all[i].from) << "shown twice";
        }
    }
    std::int64_t material = 0;
    for (auto const& clip : c.found.clips) {
        auto const n = frames_in(clip.duration_s, plan.frame_rate);
        material +=
            clip.duration_s + frame_start(1, plan.frame_rate) / 4 < frame_start(n, plan.frame_rate)
                ? n - 1
                : n;
    }
    auto const asked = std::max<std::int64_t>(1, frames_in(c.options.length, plan.frame_rate));
    EXPECT_LE(plan.frames, std::min(asked, material));
    EXPECT_EQ(plan.frames, c.options.fill ? std::min(asked, material) : plan.frames);
    EXPECT_TRUE(c.options.fill || plan.filled_s == Time{});
}

TEST(PlanMontage, keeps_its_rules_on_random_inputs) {
    for (std::uint64_t seed = 0; seed < 4000 && !::testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        auto const c = random_case(seed);
        auto const plan = plan_montage(c.found, c.options);
        if (!plan) {
            EXPECT_EQ(plan.error().code, ErrorCode::NothingToDo) << plan.error().message;
            continue;
        }
        check_rules(c, *plan);
        EXPECT_EQ(json::to_text(*plan), json::to_text(plan_montage(c.found, c.options).value()));
    }
}

TEST(PlanMontage, a_plan_survives_its_json_form) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        auto const c = random_case(seed);
        auto const plan = plan_montage(c.found, c.options);
        if (!plan) continue;
        auto const text = json::to_text(*plan);
        auto const back = json::from_text<EditPlan>(text);
        ASSERT_TRUE(back) << seed << ": " << back.error().message;
        EXPECT_EQ(json::to_text(*back), text);
    }
}

TEST(PlanMontage, never_cuts_from_a_second_before_to_half_a_second_after_the_peak_of_a_clip) {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        auto c = random_case(seed);
        c.options.lead_in = seconds(3), c.options.lead_out = seconds(2);
        if (c.options.length < seconds(4)) continue;
        auto const plan = plan_montage(c.found, c.options);
        if (!plan) continue;
        auto const frame = frame_start(1, plan->frame_rate);
        for (auto const& clip : plan->clips) {
            if (clip.fill) continue;
            auto const end = clip.source_start_s + frame_start(clip.frames, plan->frame_rate);
            auto const& source = plan->sources[static_cast<std::size_t>(clip.source)];
            EXPECT_TRUE(clip.source_start_s <= clip.peak_s - seconds(1) + frame ||
                        clip.source_start_s == Time{})
                << seed;
            EXPECT_TRUE(clip.peak_s + milliseconds(500) <= end || source.duration_s <= end + frame)
                << seed;
        }
    }
}

TEST(PlanMontage, refuses_options_out_of_range) {
    auto const found = random_case(1).found;
    auto const code = [&](auto change) {
        PlanOptions options;
        change(options);
        auto const plan = plan_montage(found, options);
        return plan ? ErrorCode{} : plan.error().code;
    };
    EXPECT_EQ(code([](auto& o) { o.length = Time{}; }), ErrorCode::Usage);
    EXPECT_EQ(code([](auto& o) { o.length = seconds(12 * 3600 + 1); }), ErrorCode::Usage);
    EXPECT_EQ(code([](auto& o) { o.lead_in = -seconds(1); }), ErrorCode::Usage);
    EXPECT_EQ(code([](auto& o) { o.lead_out = seconds(61); }), ErrorCode::Usage);
    EXPECT_EQ(code([](auto& o) { o.short_side = 1081; }), ErrorCode::Usage);
    EXPECT_EQ(code([](auto& o) { o.transition_length = seconds(6); }), ErrorCode::Usage);
    EXPECT_EQ(code([](auto& o) { o.formats.clear(); }), ErrorCode::Usage);
    EXPECT_EQ(code([](auto& o) { o.formats = {Format::Square, Format::Square}; }),
              ErrorCode::Usage);
}

/// `n` clips of `length` whose one highlight in the middle has a score of its own, rising.
Highlights many_clips(int n, Time length) {
    Highlights found;
    for (int i = 0; i < n; ++i) {
        auto const peak = Time{length.flicks / 2};
        found.clips.push_back({fmt::format("{}.mp4", i),
                               "",
                               length,
                               Rational{30, 1},
                               {{peak, peak, peak, i + 1.0, "burst", {}}},
                               {5, {}}});
    }
    return found;
}

TEST(PlanMontage, takes_from_the_best_of_too_many_sources_and_says_so) {
    auto const found = many_clips(300, seconds(5));
    PlanOptions options;
    options.length = seconds(3600);
    auto const plan = plan_montage(found, options);
    ASSERT_TRUE(plan) << plan.error().message;
    ASSERT_EQ(plan->sources.size(), 240U);
    EXPECT_EQ(plan->sources.front().file, "60.mp4");  // the 60 worst are left out
    EXPECT_EQ(plan->length_s, seconds(240 * 5));      // and the others shown whole
    ASSERT_EQ(plan->notes.size(), 3U);
    EXPECT_NE(plan->notes[0].find("at most 240 files"), std::string::npos) << plan->notes[0];
    EXPECT_NE(plan->notes[1].find("ends early, at 20:00.0"), std::string::npos) << plan->notes[1];

    options.length = seconds(60), options.max_sources = 3;
    auto const few = plan_montage(many_clips(4, seconds(60)), options);
    ASSERT_TRUE(few);
    EXPECT_EQ(few->sources.size(), 3U);
    EXPECT_EQ(few->length_s, seconds(60)) << "three sources hold enough";
    options.max_sources = 4;
    auto const all = plan_montage(many_clips(4, seconds(60)), options);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->notes.size(), 1U) << "no note about files: " << all->notes[0];
}

TEST(PlanMontage, shows_no_more_takes_than_one_render_holds) {
    Highlights found;
    found.clips.push_back({"long.mp4", "", seconds(4 * 3600), Rational{30, 1}, {}, {5, {}}});
    for (int i = 0; i < 4500; ++i) {
        auto const at = seconds(1) + milliseconds(3000 * i);
        found.clips[0].highlights.push_back({at, at, at, 1, "burst", {}});
    }
    PlanOptions options;
    options.length = seconds(12 * 3600), options.fill = false;
    options.lead_in = options.lead_out = milliseconds(500);
    auto const plan = plan_montage(found, options);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->clips.size(), kMostClips);
    ASSERT_FALSE(plan->notes.empty());
    EXPECT_NE(plan->notes[0].find("at most 3600 takes"), std::string::npos) << plan->notes[0];
}

TEST(PlanMontage, a_clip_shorter_than_half_a_sample_of_its_curve_is_shown) {
    Highlights found;
    found.clips.push_back({"a.mp4", "", milliseconds(67), Rational{30, 1}, {}, {5, {0.5}}});
    auto const plan = plan_montage(found, {});
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->frames, 2);
}

TEST(PlanMontage, a_faster_source_that_set_no_rate_is_not_shown_at_a_lower_one) {
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        auto const c = random_case(seed);
        auto const plan = plan_montage(c.found, c.options);
        if (!plan) continue;
        for (auto const& source : plan->sources) {
            auto const clip = std::ranges::find(c.found.clips, source.file, &ClipHighlights::file);
            auto const rate = standard_rate(clip->frame_rate.value());
            EXPECT_LE(rate.num * plan->frame_rate.den, plan->frame_rate.num * rate.den)
                << seed << ": " << source.file;
        }
    }
}

TEST(StandardRate, maps_every_source_rate_to_a_rate_that_players_know) {
    auto const same = [](Rational r) { return standard_rate(r) == r; };
    for (auto const rate : {Rational{24, 1}, Rational{25, 1}, Rational{30, 1}, Rational{50, 1},
                            Rational{60, 1}, Rational{24000, 1001}, Rational{60000, 1001}})
        EXPECT_TRUE(same(rate)) << rate.num;
    EXPECT_EQ(standard_rate({120, 1}), (Rational{60, 1}));
    EXPECT_EQ(standard_rate({144, 1}), (Rational{60, 1}));
    EXPECT_EQ(standard_rate({120000, 1001}), (Rational{60000, 1001}));
    EXPECT_EQ(standard_rate({15, 1}), (Rational{30, 1}));
    EXPECT_EQ(standard_rate({12, 1}), (Rational{24, 1}));
    EXPECT_EQ(standard_rate({2997, 100}), (Rational{30000, 1001}));
    EXPECT_EQ(standard_rate({37, 1}), (Rational{48, 1}));
}

}  // namespace
}  // namespace aiditor::edit
