#include "engine/sandbox/confine.hpp"
#include "engine/sandbox/media_process.hpp"
#include "engine/sandbox/wire.hpp"

#include <gmock/gmock.h>

namespace {

using namespace aiditor;
using namespace aiditor::sandbox;

MediaJob act(std::string name) {
    MediaJob job;
    job.request.task = MediaTask::Probe;
    job.request.inputs.push_back({-1, std::move(name), -1});
    job.limits = {std::chrono::seconds(60), std::chrono::seconds(60)};
    return job;
}

Result<json::Value> run(MediaJob const& job, std::stop_token stop = {},
                        OnProgress const& on_progress = {}) {
    return MediaProcess(AIDITOR_SANDBOX_TEST_CHILD).run(job, std::move(stop), on_progress);
}

SandboxReport self_test() {
    MediaJob job;
    job.request.task = MediaTask::SelfTest;
    auto const answer = run(job);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? json::from_value<SandboxReport>(*answer).value() : SandboxReport{};
}

TEST(MediaProcess, GivesTheAnswerOfTheChild) {
    auto const answer = run(act("echo"));
    ASSERT_TRUE(answer) << answer.error().message;
    auto const request = json::from_value<MediaRequest>(*answer);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->inputs.front().name, "echo");
}

TEST(Sandbox, DeniesEveryEscape) {
    auto const report = self_test();
    for (auto const& layer : report.layers) std::printf("  layer: %s\n", layer.c_str());
    EXPECT_NE(report.level, SandboxLevel::C);
    EXPECT_GE(report.attempts.size(), 24U);
    for (auto const& attempt : report.attempts)
        EXPECT_TRUE(attempt.denied) << attempt.name << ": " << attempt.detail;
}

}  // namespace
