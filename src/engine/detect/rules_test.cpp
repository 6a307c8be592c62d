/// The rule on made-up clips. Most cases are text files in tests/golden/detect/: anyone can add
/// one. Their words:
///
///   # a comment
///   clip NAME SECONDS            the lines until the next clip or expect describe this clip
///     sound DB                   level of every band and LUFS, with a small fixed ripple (-40)
///     no sound | no packets | no pictures     these cues are missing
///     digital silence            sound is there and says nothing
///     packets LOG2               size of coded pictures (10)
///     burst AT DB [LENGTH]       every band at this level for LENGTH s (0.4)
///     level FROM TO DB           the sound at another level
///     busy FROM TO LOG2          coded pictures of this size
///     change FROM TO STEPS       change between key pictures
///     mark AT KIND WEIGHT        somebody marked this moment
///     constant                   no ripple anywhere
///   expect count NAME N [M]      N highlights, or N to M
///   expect peak NAME AT          a highlight culminates within 1 s of AT
///   expect first NAME AT         the best highlight of the clip does
///   expect within NAME FROM TO   the best highlight of the clip culminates here
///   expect kind NAME KIND        kind of the best highlight of the clip
///   expect best NAME             the best highlight of all clips is in this one
///   expect quiet NAME FROM TO    no highlight culminates here

#include "engine/detect/rules.hpp"

#include "engine/detect/find_highlights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

/// A clip in the making: columns by name.
class Clip {
public:
    Clip(std::string name, double seconds) {
        track_.file = std::move(name);
        track_.duration_s = timeline::from_seconds(seconds);
        track_.samples = static_cast<std::int64_t>(std::ceil(seconds * kRateHz));
        for (int b = 0; b < 8; ++b) bands_.push_back("audio.band" + std::to_string(b) + "_dbfs@1");
        sound(0, seconds, -40);
        fill("packet.size_log2bytes@1", 0, seconds, 10);
        fill("picture.luma_change_level@1", 0, seconds, 5);
        fill("picture.chroma_change_level@1", 0, seconds, 2);
    }

    void sound(double from, double to, double db) {
        for (auto const& band : bands_) fill(band, from, to, db);
        fill("audio.loudness_lufs@1", from, to, std::max(-70.0, db));
    }
    void no_sound() {
        for (auto const& band : bands_) remove(band);
        remove("audio.loudness_lufs@1");
    }
    void remove(std::string const& cue) {
        std::erase_if(track_.cues, [&](auto const& c) { return c.name == cue; });
    }
    void fill(std::string const& cue, double from, double to, double value) {
        auto& values = column(cue);
        for (std::size_t i = 0; i < values.size(); ++i) {
            auto const t = static_cast<double>(i) / kRateHz;
            if (t >= from - 1e-9 && t < to - 1e-9) values[i] = static_cast<float>(value);
        }
    }
    /// Everything real moves a little: +-5 % of a repeatable pattern, longer than any window.
    void ripple() {
        unsigned state = 7;
        for (auto& cue : track_.cues)
            for (auto& x : cue.values) {
                if (x <= -70) continue;  // silence does not move
                state = state * 1664525U + 1013904223U;
                x += (static_cast<float>(state >> 8) / 16777216.0F - 0.5F) * 0.8F;
            }
    }
    [[nodiscard]] std::string const& name() const { return track_.file; }
    [[nodiscard]] double seconds() const { return timeline::to_seconds(track_.duration_s); }
    [[nodiscard]] CueTrack const& track() const { return track_; }
    void mark(double at, std::string kind, double weight) {
        marks_.events.push_back({.at_s = timeline::from_seconds(at),
                                 .kind = std::move(kind),
                                 .weight = weight,
                                 .text = {}});
    }
    [[nodiscard]] timeline::EventMarks const& marks() const { return marks_; }

private:
    std::vector<float>& column(std::string const& name) {
        auto it = std::ranges::find(track_.cues, name, &timeline::Cue::name);
        if (it == track_.cues.end())
            it = track_.cues.insert(
                it, {name, std::vector<float>(static_cast<std::size_t>(track_.samples), kNone)});
        return it->values;
    }
    CueTrack track_;
    timeline::EventMarks marks_;
    std::vector<std::string> bands_;
};

struct Expectation {
    std::string what, clip, kind;
    std::vector<double> numbers;
    std::string line;
};

struct Case {
    std::vector<Clip> clips;
    std::vector<Expectation> expectations;
};

/// Adds one line that describes the clip in progress; false for an unknown one.
bool describe(Clip& clip, bool& rippled, std::string const& word, std::istringstream& rest) {
    std::string what;
    double a = 0, b = 0, c = 0;
    if (word == "no" && rest >> what) {
        if (what == "sound") clip.no_sound();
        if (what == "packets") clip.remove("packet.size_log2bytes@1");
        if (what == "pictures") {
            clip.remove("picture.luma_change_level@1");
            clip.remove("picture.chroma_change_level@1");
        }
        return what == "sound" || what == "packets" || what == "pictures";
    }
    if (word == "digital") {
        clip.sound(0, clip.seconds(), -100);
        return static_cast<bool>(rest >> what) && what == "silence";
    }
    if (word == "constant") return rippled = false, true;
    if (word == "mark" && rest >> a >> what >> b) return clip.mark(a, what, b), true;
    if (word == "sound" && rest >> a) return clip.sound(0, clip.seconds(), a), true;
    if (word == "packets" && rest >> a)
        return clip.fill("packet.size_log2bytes@1", 0, clip.seconds(), a), true;
    if (word == "burst" && rest >> a >> b) {
        if (!(rest >> c)) c = 0.4;
        return clip.sound(a, a + c, b), true;
    }
    if (!(rest >> a >> b >> c)) return false;
    if (word == "level") return clip.sound(a, b, c), true;
    if (word == "busy") return clip.fill("packet.size_log2bytes@1", a, b, c), true;
    if (word == "voice") return clip.fill("voice.level_dbfs@1", a, b, c), true;
    if (word == "change") return clip.fill("picture.luma_change_level@1", a, b, c), true;
    return false;
}

Case read_case(std::filesystem::path const& path) {
    Case out;
    std::ifstream file(path);
    bool rippled = true;
    auto const close = [&] {
        if (!out.clips.empty() && rippled) out.clips.back().ripple();
        rippled = false;
    };
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string word;
        if (!(words >> word)) continue;
        bool understood = true;
        if (word == "clip") {
            close();
            std::string name;
            double seconds = 0;
            understood = static_cast<bool>(words >> name >> seconds);
            out.clips.emplace_back(name, seconds);
            rippled = true;
        } else if (word == "expect") {
            close();
            Expectation e;
            understood = static_cast<bool>(words >> e.what >> e.clip);
            if (e.what == "kind") words >> e.kind;
            for (double x; words >> x;) e.numbers.push_back(x);
            e.line = line;
            out.expectations.push_back(e);
        } else {
            understood = !out.clips.empty() && describe(out.clips.back(), rippled, word, words);
        }
        EXPECT_TRUE(understood) << path.filename() << ": cannot read: " << line;
    }
    return out;
}

Result<timeline::Highlights> judge(std::vector<CueTrack> const& tracks,
                                   std::vector<timeline::EventMarks> const& marks = {},
                                   Wishes const& wishes = {}) {
    auto const rules = make_rules();
    auto const evidence = TRY(weigh(*rules, tracks));
    TRY_VOID(check(wishes, evidence));
    return find_highlights(rules->name(), tracks, evidence, marks, wishes);
}

timeline::Highlights detect(std::vector<Clip> const& clips, Wishes const& wishes = {}) {
    std::vector<CueTrack> tracks;
    std::vector<timeline::EventMarks> marks;
    for (auto const& clip : clips) {
        tracks.push_back(clip.track());
        marks.push_back(clip.marks());
    }
    auto const found = judge(tracks, marks, wishes);
    EXPECT_TRUE(found.has_value());
    return found ? *found : timeline::Highlights{};
}

timeline::Highlight const* best_of(timeline::ClipHighlights const& clip) {
    auto const it = std::ranges::max_element(clip.highlights, {}, &timeline::Highlight::score);
    return it == clip.highlights.end() ? nullptr : &*it;
}

void check(Expectation const& e, timeline::Highlights const& found) {
    SCOPED_TRACE(e.line);
    auto const clip = std::ranges::find(found.clips, e.clip, &timeline::ClipHighlights::file);
    ASSERT_NE(clip, found.clips.end()) << "no such clip";
    auto const* best = best_of(*clip);
    auto const near = [&](timeline::Highlight const& h) {
        return std::abs(timeline::to_seconds(h.peak_s) - e.numbers.at(0)) <= 1;
    };
    auto const count = static_cast<double>(clip->highlights.size());
    if (e.what == "count") {
        EXPECT_GE(count, e.numbers.at(0));
        EXPECT_LE(count, e.numbers.back());
    } else if (e.what == "peak") {
        EXPECT_TRUE(std::ranges::any_of(clip->highlights, near));
    } else if (e.what == "first") {
        ASSERT_TRUE(best);
        EXPECT_TRUE(near(*best)) << timeline::to_seconds(best->peak_s);
    } else if (e.what == "within") {
        ASSERT_TRUE(best);
        EXPECT_GE(timeline::to_seconds(best->peak_s), e.numbers.at(0));
        EXPECT_LE(timeline::to_seconds(best->peak_s), e.numbers.at(1));
    } else if (e.what == "kind") {
        ASSERT_TRUE(best);
        EXPECT_EQ(best->kind, e.kind);
    } else if (e.what == "best") {
        ASSERT_TRUE(best);
        for (auto const& other : found.clips)
            if (&other != &*clip && best_of(other)) {
                EXPECT_GT(best->score, best_of(other)->score) << other.file;
            }
    } else if (e.what == "quiet") {
        for (auto const& h : clip->highlights) {
            auto const t = timeline::to_seconds(h.peak_s);
            EXPECT_FALSE(t >= e.numbers.at(0) && t <= e.numbers.at(1)) << t;
        }
    } else {
        FAIL() << "unknown expectation";
    }
}

/// What holds for every answer.
void check_sound(timeline::Highlights const& found) {
    EXPECT_TRUE(found.validate(""));
    for (auto const& clip : found.clips) {
        auto last_end = timeline::Time{};
        for (auto const x : clip.curve.values) EXPECT_TRUE(std::isfinite(x));
        for (auto const& h : clip.highlights) {
            double sum = 0;
            for (auto const& [group, part] : h.why) sum += part;
            EXPECT_EQ(sum, h.score);  // exactly
            EXPECT_GE(h.start_s, last_end);
            EXPECT_LT(h.start_s, h.end_s);
            last_end = h.end_s;
        }
    }
}

class Golden : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Golden, HoldsItsExpectations) {
    auto const c = read_case(GetParam());
    ASSERT_FALSE(c.expectations.empty());
    auto const found = detect(c.clips);
    check_sound(found);
    for (auto const& e : c.expectations) check(e, found);
}

std::vector<std::filesystem::path> golden_files() {
    std::vector<std::filesystem::path> out;
    for (auto const& entry : std::filesystem::directory_iterator(
             std::filesystem::path(AIDITOR_SOURCE_DIR) / "tests/golden/detect"))
        if (entry.path().extension() == ".txt") out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

INSTANTIATE_TEST_SUITE_P(Rules, Golden, testing::ValuesIn(golden_files()),
                         [](auto const& test) { return test.param.stem().string(); });

Clip busy_clip(std::string name, double seconds = 120) {
    Clip clip(std::move(name), seconds);
    for (double t = 5; t < seconds; t += 17) clip.sound(t, t + 0.6, -15 - std::fmod(t, 7));
    clip.ripple();
    return clip;
}

TEST(FindHighlights, AGroupThatCountsNothingIsNoReason) {
    auto const clip = busy_clip("a");
    auto const all = detect({clip}), without = detect({clip}, {.weights = {{"burst", 0.0}}});
    ASSERT_FALSE(all.clips[0].highlights.empty());
    EXPECT_NE(all.clips[0].curve.values, without.clips[0].curve.values);
    for (auto const& h : without.clips[0].highlights) EXPECT_EQ(h.why.at("burst"), 0);
    check_sound(without);
}

TEST(FindHighlights, RefusesAWishAboutAGroupThatIsNotThere) {
    auto const refused = judge({busy_clip("a").track()}, {}, {.weights = {{"magic", 2.0}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Usage);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("burst"));
}

TEST(FindHighlights, AMarkOutsideTheClipDoesNothing) {
    auto clip = busy_clip("a");
    auto const before = detect({clip});
    clip.mark(3600, "kill", 10);
    EXPECT_EQ(before.clips[0].curve.values, detect({clip}).clips[0].curve.values);
}

TEST(Rules, SameInputGivesTheSameAnswer) {
    std::vector<Clip> const clips{busy_clip("a"), busy_clip("b", 30)};
    EXPECT_EQ(json::to_text(detect(clips)), json::to_text(detect(clips)));
}

TEST(Rules, AQuieterCopyHasTheSameMoments) {
    Clip loud("loud", 120), quiet("quiet", 120);
    for (auto* clip : {&loud, &quiet}) {
        auto const down = clip == &quiet ? 12.0 : 0.0;
        clip->sound(0, 120, -30 - down);
        for (double t = 5; t < 120; t += 17) clip->sound(t, t + 0.6, -10 - std::fmod(t, 7) - down);
        clip->ripple();
    }
    auto const found = detect({loud, quiet});
    ASSERT_EQ(found.clips[0].highlights.size(), found.clips[1].highlights.size());
    for (std::size_t i = 0; i < found.clips[0].highlights.size(); ++i)
        EXPECT_EQ(found.clips[0].highlights[i].peak_s, found.clips[1].highlights[i].peak_s);
}

TEST(Rules, ALongRecordingIsJudgedByItselfAlone) {
    auto const alone = detect({busy_clip("a")});
    auto const together = detect({busy_clip("a"), busy_clip("b", 300), busy_clip("c", 20)});
    EXPECT_EQ(alone.clips[0].curve.values, together.clips[0].curve.values);
}

TEST(Rules, NoInputAndEmptyTracksAreFine) {
    EXPECT_TRUE(detect({}).clips.empty());
    CueTrack nothing;
    nothing.file = "nothing";
    auto const found = judge({nothing});
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->clips.at(0).highlights.empty());
}

TEST(Rules, ValuesThatAreNoNumbersAreMissing) {
    auto track = busy_clip("odd").track();
    for (auto& cue : track.cues)
        for (std::size_t i = 0; i < cue.values.size(); i += 3)
            cue.values[i] = i % 2 ? std::numeric_limits<float>::infinity() : kNone;
    auto const found = judge({track});
    ASSERT_TRUE(found);
    check_sound(*found);
}

TEST(Rules, RefusesAnotherGridAndNamesTheFile) {
    auto track = busy_clip("film.mp4").track();
    track.rate_hz = 10;
    auto const wrong_rate = judge({track});
    ASSERT_FALSE(wrong_rate);
    EXPECT_EQ(wrong_rate.error().code, ErrorCode::BadJson);
    EXPECT_THAT(wrong_rate.error().message, testing::HasSubstr("film.mp4"));
    track.rate_hz = 5;
    track.cues[0].values.pop_back();
    auto const wrong_size = judge({track});
    ASSERT_FALSE(wrong_size);
    EXPECT_THAT(wrong_size.error().message, testing::HasSubstr("film.mp4"));
}

}  // namespace
}  // namespace aiditor::detect
