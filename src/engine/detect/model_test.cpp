/// The trained detector with small networks (tests/models, made by training/make_test_models.py).

#include "engine/detect/model.hpp"

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"
#include "engine/detect/channels.hpp"
#include "engine/detect/detectors.hpp"
#include "engine/detect/find_highlights.hpp"
#include "engine/detect/model_manifest.hpp"
#include "engine/detect/onnx_net.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <unistd.h>

namespace aiditor::detect {
namespace {

using testing::HasSubstr;
using timeline::CueTrack;

constexpr char const* kLoudness = "audio.loudness_lufs@1";
constexpr char const* kFlux = "audio.flux_db@1";
constexpr char const* kSize = "packet.size_log2bytes@1";

std::string network(std::string const& name) {
    auto const path = std::string(AIDITOR_SOURCE_DIR) + "/tests/models/" + name + ".onnx";
    auto const bytes = read_text(path, kMostNetworkBytes);
    EXPECT_TRUE(bytes) << path;
    return bytes.value_or("");
}

ModelManifest manifest_for(std::string const& bytes) {
    return {.name = "test/1",
            .file = "net.onnx",
            .sha256 = sha256_hex(bytes),
            .groups = {{"sound", "loud", 0.5, {"burst", kFlux}}, {"stream", "motion", 1, {kSize}}},
            .width = 3,
            .least = 1.5,
            .least_fall = 0.5};
}

/// A model in a folder of its own.
class ModelFiles : public testing::Test {
protected:
    ModelFiles() { std::filesystem::create_directories(folder_); }
    ~ModelFiles() override { std::filesystem::remove_all(folder_); }

    void write(std::string const& name, std::string const& bytes) const {
        std::ofstream(folder_ / name, std::ios::binary) << bytes;
    }
    [[nodiscard]] std::string path() const { return (folder_ / "model.json").string(); }
    void write_model(std::string const& bytes, ModelManifest const& manifest) const {
        write("net.onnx", bytes);
        write("model.json", json::to_text(manifest));
    }
    [[nodiscard]] std::unique_ptr<Detector> load(std::string const& name) const {
        auto const bytes = network(name);
        write_model(bytes, manifest_for(bytes));
        auto model = load_model(path());
        EXPECT_TRUE(model) << model.error().message;
        return model ? std::move(*model) : nullptr;
    }
    /// What is said about a model that cannot be used; it always begins with its file.
    [[nodiscard]] std::string refusal(ErrorCode code = ErrorCode::Unreadable) const {
        auto const model = load_model(path());
        if (model) return "accepted";
        EXPECT_EQ(model.error().code, code) << model.error().message;
        EXPECT_TRUE(model.error().message.starts_with(path())) << model.error().message;
        return model.error().message;
    }
    [[nodiscard]] std::string refusal_of(std::string const& bytes) const {
        write_model(bytes, manifest_for(bytes));
        return refusal();
    }
    [[nodiscard]] std::string refusal_of(ModelManifest const& manifest) const {
        write_model(network("sums"), manifest);
        return refusal(ErrorCode::BadJson);
    }

    std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) / ("model_" + std::to_string(::getpid()));
};

/// Sound and packets that change in a repeatable way.
CueTrack track_of(double seconds, unsigned seed = 1) {
    CueTrack out;
    out.file = "clip " + std::to_string(seed);
    out.duration_s = timeline::from_seconds(seconds);
    out.samples = static_cast<std::int64_t>(std::ceil(seconds * kRateHz));
    auto const add = [&](std::string const& name, double middle, double spread) {
        std::vector<float> values;
        for (std::int64_t i = 0; i < out.samples; ++i) {
            seed = seed * 1664525U + 1013904223U;
            auto const x = seed / 4294967296.0;
            values.push_back(static_cast<float>(middle + spread * (x * x * x * 4 - 1)));
        }
        out.cues.push_back({name, values});
    };
    for (std::size_t b = 0; b < kBands; ++b)
        add("audio.band" + std::to_string(b) + "_dbfs@1", -40, 9);
    add(kLoudness, -30, 9);
    add(kFlux, 5, 3);
    add(kSize, 12, 2);
    return out;
}

void fill(CueTrack& track, std::string_view prefix, float value) {
    for (auto& cue : track.cues)
        if (cue.name.starts_with(prefix)) std::ranges::fill(cue.values, value);
}

std::vector<Evidence> judge(Detector const& detector, std::vector<CueTrack> const& tracks) {
    auto evidence = weigh(detector, tracks);
    EXPECT_TRUE(evidence) << evidence.error().message;
    return evidence ? *evidence : std::vector<Evidence>(tracks.size());
}

void expect_same(Evidence const& a, Evidence const& b) {
    ASSERT_EQ(a.parts.size(), b.parts.size());
    for (std::size_t g = 0; g < a.parts.size(); ++g)
        EXPECT_EQ(a.parts[g].values, b.parts[g].values) << a.parts[g].group;
    EXPECT_EQ(a.onset, b.onset);
    EXPECT_EQ(a.least, b.least);
}

TEST_F(ModelFiles, EachPartIsTheNetworksAnswerForTheChannelsOfItsGroup) {
    auto const model = load("sums");
    std::vector<CueTrack> const tracks{track_of(120)};
    auto const evidence = judge(*model, tracks).at(0);
    ChannelPool const pool(tracks, {0},
                           {*find_channel("burst"), *find_channel(kFlux), *find_channel(kSize)});
    auto const burst = pool.values(0, 0), flux = pool.values(1, 0), size = pool.values(2, 0);
    ASSERT_EQ(evidence.parts.size(), 2U);
    EXPECT_EQ(evidence.parts[0].group, "sound");
    EXPECT_EQ(evidence.parts[1].kind, "motion");
    EXPECT_EQ(evidence.parts[0].unit, 0.5);
    EXPECT_EQ(evidence.least, 1.5);
    for (std::size_t i = 0; i < burst.size(); ++i) {
        ASSERT_NEAR(evidence.parts[0].values[i], static_cast<double>(burst[i] + 10 * flux[i]),
                    2e-3);
        ASSERT_NEAR(evidence.parts[1].values[i], static_cast<double>(size[i]), 2e-3);
    }
    EXPECT_EQ(evidence.onset, pool.onset(0));
}

TEST_F(ModelFiles, TheReasonsOfAHighlightAddUpToItsScore) {
    auto const model = load("window");
    std::vector<CueTrack> const tracks{track_of(300), track_of(30, 2), track_of(40, 3)};
    auto const evidence = judge(*model, tracks);
    for (auto const& e : evidence)
        for (auto const& part : e.parts)
            for (auto const x : part.values) ASSERT_EQ(x, quantised(x));
    auto const sums = load("sums");
    auto const found = find_highlights("test/1", tracks, judge(*sums, tracks), {}, {});
    EXPECT_TRUE(found.validate(""));
    std::size_t count = 0;
    for (auto const& clip : found.clips)
        for (auto const& h : clip.highlights) {
            double sum = 0;
            for (auto const& [group, part] : h.why) sum += part;
            EXPECT_EQ(sum, h.score);
            ++count;
        }
    EXPECT_GT(count, 3U);
}

TEST_F(ModelFiles, SameInputGivesTheSameAnswer) {
    std::vector<CueTrack> const tracks{track_of(200), track_of(30, 2)};
    auto const first = load("window"), second = load("window");
    auto const a = judge(*first, tracks), b = judge(*first, tracks), c = judge(*second, tracks);
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        expect_same(a[i], b[i]);
        expect_same(a[i], c[i]);
    }
}

TEST_F(ModelFiles, ALongRecordingIsJudgedByItselfAlone) {
    auto const model = load("window");
    auto const alone = judge(*model, {track_of(120)});
    auto const together = judge(*model, {track_of(120), track_of(30, 2), track_of(200, 3)});
    expect_same(alone[0], together[0]);
}

TEST_F(ModelFiles, ShortClipsAreComparedWithEachOther) {
    auto const model = load("sums");
    auto const quiet = track_of(30);
    auto loud = quiet;
    for (auto& x : loud.cues.back().values) x += 4;
    auto const mean = [](Evidence const& evidence) {
        auto const& values = evidence.parts.at(1).values;
        return std::accumulate(values.begin(), values.end(), 0.0) / 150;
    };
    auto const both = judge(*model, {quiet, loud});
    EXPECT_GT(mean(both[1]), mean(both[0]) + 0.5);
    EXPECT_NEAR(mean(judge(*model, {loud})[0]), mean(judge(*model, {quiet})[0]), 0.01);
}

TEST_F(ModelFiles, PiecesOfALongRecordingGiveTheAnswerOfTheWhole) {
    auto const bytes = network("window");
    auto const net = OnnxNet::load(bytes, 6, 2, -4, 8);
    ASSERT_TRUE(net) << net.error().message;
    EXPECT_EQ(net->reach(), 14U);  // twice 1 + 2 + 4
    auto const model = load("window");
    auto const track = track_of(2500);  // 12,500 samples, four pieces
    auto const evidence = judge(*model, {track}).at(0);

    // The whole recording in one run.
    ChannelPool const pool(std::span(&track, 1), {0},
                           {*find_channel("burst"), *find_channel(kFlux), *find_channel(kSize)});
    auto const samples = static_cast<std::size_t>(track.samples);
    auto const length = samples + 2 * net->reach();
    std::vector<float> rows(6 * length, 0);
    for (std::size_t c = 0; c < 3; ++c) {
        auto const values = pool.values(c, 0);
        auto const row = c == 2 ? 3 : c;
        std::ranges::copy(values,
                          rows.begin() + static_cast<std::ptrdiff_t>(row * length + net->reach()));
    }
    auto const whole = net->run(rows);
    ASSERT_TRUE(whole);
    for (std::size_t g = 0; g < 2; ++g)
        for (std::size_t i = 0; i < samples; ++i)
            ASSERT_EQ(evidence.parts[g].values[i],
                      quantised(static_cast<double>((*whole)[g * length + net->reach() + i])))
                << g << " " << i;
}

TEST_F(ModelFiles, AGroupThatWasNotMeasuredAddsNothing) {
    auto const model = load("window");  // whose answer to nothing is not 0
    auto track = track_of(120);
    std::erase_if(track.cues, [](auto const& cue) { return cue.name == kSize; });
    auto const evidence = judge(*model, {track}).at(0);
    EXPECT_THAT(evidence.parts[1].values, testing::Each(0.0));
    EXPECT_THAT(evidence.parts[0].values, testing::Contains(testing::Ne(0.0)));
    EXPECT_EQ(evidence.least, 1.5);
}

TEST_F(ModelFiles, WhereNothingEverChangesThereIsNothingToJudge) {
    auto const model = load("window");
    auto constant = track_of(120), silent = track_of(120), empty = track_of(0);
    fill(constant, "", 7);
    fill(silent, "audio.", -70);  // changes nothing that counts: digital silence
    fill(silent, "audio.flux", 0);
    fill(silent, "packet.", 3);
    CueTrack bare;
    bare.file = "bare";
    bare.samples = 50;
    bare.duration_s = timeline::seconds(10);
    for (auto const& track : {constant, silent, empty, bare}) {
        auto const evidence = judge(*model, {track});
        EXPECT_EQ(evidence[0].least, 0);
        for (auto const& part : evidence[0].parts) EXPECT_THAT(part.values, testing::Each(0.0));
        auto const found = find_highlights("test/1", std::span(&track, 1), evidence, {}, {});
        EXPECT_TRUE(found.clips[0].highlights.empty());
    }
    EXPECT_TRUE(judge(*model, {}).empty());
}

TEST_F(ModelFiles, ValuesThatAreNoNumbersAreMissing) {
    auto const model = load("window");
    auto track = track_of(100);
    for (auto& cue : track.cues)
        for (std::size_t i = 0; i < cue.values.size(); i += 3)
            cue.values[i] = i % 2 ? std::numeric_limits<float>::infinity()
                                  : std::numeric_limits<float>::quiet_NaN();
    auto const evidence = judge(*model, {track});
    for (auto const& part : evidence[0].parts)
        for (auto const x : part.values) ASSERT_TRUE(std::isfinite(x));
}

TEST_F(ModelFiles, WhatIsNotThereIsNamed) {
    EXPECT_THAT(refusal(ErrorCode::NotFound), HasSubstr("no such file"));
    write_model("", manifest_for(""));
    std::filesystem::remove(folder_ / "net.onnx");
    EXPECT_THAT(refusal(), HasSubstr("net.onnx: no such file"));
}

TEST_F(ModelFiles, AManifestThatMakesNoSenseIsRefused) {
    auto const good = manifest_for(network("sums"));
    write("model.json", "not JSON");
    EXPECT_THAT(refusal(ErrorCode::BadJson), HasSubstr("line 1"));
    write("model.json", R"({"schema": "aiditor.highlights/1"})");
    EXPECT_THAT(refusal(ErrorCode::BadJson), HasSubstr("aiditor.detector_model/1"));
    write("model.json", std::string(kMostManifestBytes + 1, ' '));
    EXPECT_THAT(refusal(ErrorCode::LimitReached), HasSubstr("model.json"));
    auto const changed = [&](auto const& change) {
        auto manifest = good;
        change(manifest);
        return refusal_of(manifest);
    };
    EXPECT_THAT(changed([](auto& m) { m.groups[0].channels[1] = "audio.flux_db@2"; }),
                testing::AllOf(HasSubstr("/groups/0/channels/1"), HasSubstr("audio.flux_db@2")));
    EXPECT_THAT(changed([](auto& m) { m.width = 1; }), HasSubstr("/groups/0/channels"));
    EXPECT_THAT(changed([](auto& m) { m.width = 65; }), HasSubstr("/width"));
    EXPECT_THAT(changed([](auto& m) { m.groups.clear(); }), HasSubstr("/groups"));
    EXPECT_THAT(changed([](auto& m) { m.groups.resize(17, m.groups[0]); }), HasSubstr("/groups"));
    EXPECT_THAT(changed([](auto& m) { m.groups[1].group = "sound"; }), HasSubstr("/groups/1"));
    EXPECT_THAT(changed([](auto& m) { m.groups[1].group = "event"; }), HasSubstr("taken"));
    EXPECT_THAT(changed([](auto& m) { m.groups[1].unit = 0; }), HasSubstr("/groups/1/unit"));
    EXPECT_THAT(changed([](auto& m) { m.least = 0; }), HasSubstr("least"));
    EXPECT_THAT(changed([](auto& m) { m.least = 1e306; }), HasSubstr("least"));
    EXPECT_THAT(changed([](auto& m) { m.groups[0].unit = 1e306; }), HasSubstr("/groups/0/unit"));
    EXPECT_THAT(changed([](auto& m) { m.groups[0].group = "taste"; }), HasSubstr("taken"));
    EXPECT_THAT(changed([](auto& m) { m.name = ""; }), HasSubstr("/name"));
    EXPECT_THAT(changed([](auto& m) { m.file = "../net.onnx"; }), HasSubstr("/file"));
}

TEST_F(ModelFiles, ANetworkThatIsNotTheOneDescribedIsRefused) {
    auto const bytes = network("sums");
    write_model(bytes, manifest_for(bytes));
    write("net.onnx", bytes.substr(0, bytes.size() / 2));
    EXPECT_THAT(refusal(), HasSubstr("SHA-256"));
    write("net.onnx", std::string(kMostNetworkBytes + 1, 'x'));
    EXPECT_THAT(refusal(ErrorCode::LimitReached), HasSubstr("net.onnx"));
}

TEST_F(ModelFiles, ANetworkThatCannotBeUsedIsRefused) {
    auto const window = network("window");
    EXPECT_THAT(refusal_of(window.substr(0, window.size() / 2)), HasSubstr("OpenCV cannot load"));
    EXPECT_THAT(refusal_of(std::string("no network at all")), HasSubstr("net.onnx"));
    EXPECT_THAT(refusal_of(std::string()), HasSubstr("net.onnx"));
    EXPECT_THAT(refusal_of(network("six_outputs")), HasSubstr("1 x 2 x 1 x samples"));
    EXPECT_THAT(refusal_of(network("not_a_number")), HasSubstr("finite"));
    EXPECT_THAT(refusal_of(network("infinite")), HasSubstr("finite"));
    EXPECT_THAT(refusal_of(network("hidden_not_a_number")), HasSubstr("weights"));
    EXPECT_THAT(refusal_of(network("whole_recording")), HasSubstr("layer of type"));
    EXPECT_THAT(refusal_of(network("halved")), HasSubstr("number of samples"));
    EXPECT_THAT(refusal_of(network("far_sighted")), HasSubstr("2048 samples"));
    auto wide = manifest_for(window);
    wide.width = 5;
    write_model(window, wide);
    EXPECT_THAT(refusal(), HasSubstr("OpenCV cannot"));
}

TEST_F(ModelFiles, TheRulesTakeThePlaceOfAModelThatCannotBeUsed) {
    EXPECT_EQ(make_detector("rules", path()).detector->name(), "rules/1");
    auto const missing = make_detector("model", path());
    EXPECT_EQ(missing.detector->name(), "rules/1");
    EXPECT_THAT(missing.problem, testing::AllOf(HasSubstr(path()), HasSubstr("the rules")));
    auto const none = make_detector("auto", path());
    EXPECT_EQ(none.detector->name(), "rules/1");
    EXPECT_EQ(none.problem, "");

    auto const bytes = network("sums");
    write_model(bytes, manifest_for(bytes));
    for (auto const* name : {"auto", "model"}) {
        auto const whole = make_detector(name, path());
        EXPECT_EQ(whole.detector->name(), "test/1");
        EXPECT_EQ(whole.problem, "");
    }
    std::filesystem::remove(folder_ / "net.onnx");
    auto const half = make_detector("auto", path());
    EXPECT_EQ(half.detector->name(), "rules/1");
    EXPECT_THAT(half.problem, HasSubstr("net.onnx"));
}

}  // namespace
}  // namespace aiditor::detect
