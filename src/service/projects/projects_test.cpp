#include "service/projects/projects.hpp"

#include "service/db/testing.hpp"
#include "service/jobs/jobs.hpp"
#include "service/projects/montages.hpp"

#include <gmock/gmock.h>

namespace aiditor::projects {
namespace {

using db::testing::must;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr db::Query kAddWorkspace{"test/add_workspace",
                                  "INSERT INTO workspaces (id, name, created_at_us, "
                                  "members_changed_at_us) VALUES ($1, $1, 0, 0)"};
constexpr db::Query kAddClip{"test/add_clip",
                             "INSERT INTO clips (id, workspace_id, name, state, size, sha256, "
                             "created_at_us) VALUES ($1, $2, $1, 'ready', 1, $1, 0)"};

class ProjectsTest : public db::testing::EachDatabase {
protected:
    template <class F>
    auto write(F const& work) {
        return must(database().write(work));
    }
    void SetUp() override {
        write([](db::Session& s) -> Result<> {
            for (auto const* id : {"ws_a", "ws_b"}) TRY_VOID(s.change(kAddWorkspace, {id}));
            for (auto const* id : {"clip_1", "clip_2", "clip_3"})
                TRY_VOID(s.change(kAddClip, {id, "ws_a"}));
            TRY_VOID(s.change(kAddClip, {"clip_foreign", "ws_b"}));
            return {};
        });
    }
    template <class F>
    auto error(F const& work) {
        auto const done = database().write(work);
        EXPECT_FALSE(done);
        return done ? Error{} : done.error();
    }
    Project make(std::vector<std::string> clips = {"clip_2", "clip_1"}) {
        return write([&](db::Session& s) {
            return create(s, "ws_a", {.name = "Friday", .wishes = {}, .clip_ids = clips});
        });
    }
    Montage start(Project const& project) {
        return write([&](db::Session& s) -> Result<Montage> {
            auto const plan = TRY(add_plan(s, "ws_a", project.id, "{}", "user_1"));
            return start_montage(s, "ws_a", plan.id);
        });
    }
    Montage rendered(Project const& project) {
        auto const montage = start(project);
        write([&](db::Session& s) {
            return finish_montage(s, "ws_a", montage.id, {{"landscape", "w/ws_a/m", 5, "hash"}},
                                  "{}");
        });
        return montage;
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, ProjectsTest, db::testing::databases(), db::testing::name_of);

std::vector<std::string> ids(Project const& project) {
    std::vector<std::string> out;
    for (auto const& clip : project.clips) out.push_back(clip.id);
    return out;
}

TEST_P(ProjectsTest, KeepTheirClipsInOrder) {
    auto const project = make();
    EXPECT_THAT(ids(project), ElementsAre("clip_2", "clip_1"));
    auto const changed = write([&](db::Session& s) {
        return change(s, "ws_a", project.id, 1,
                      {.name = "Saturday", .wishes = {}, .clip_ids = {{"clip_3"}}});
    });
    EXPECT_THAT(ids(changed), ElementsAre("clip_3"));
    EXPECT_EQ(changed.name, "Saturday");
    EXPECT_EQ(changed.version, 2);
}

TEST_P(ProjectsTest, TakeNoClipOfAnotherWorkspaceOrThatIsNone) {
    for (auto const* clip : {"clip_foreign", "clip_none"}) {
        auto const refused = error([&](db::Session& s) {
            return create(s, "ws_a", {.name = "x", .wishes = {}, .clip_ids = {{clip}}});
        });
        EXPECT_EQ(refused.code, ErrorCode::BadRequest);
        EXPECT_THAT(refused.message, HasSubstr(clip));
    }
    EXPECT_TRUE(must(database().read([](auto& s) { return list(s, "ws_a", "", 10); })).empty())
        << "nothing is left of a refused one";
}

TEST_P(ProjectsTest, AreHiddenFromOtherWorkspaces) {
    auto const project = make();
    auto const is_hidden = [&](auto const& work) {
        EXPECT_EQ(error(work).code, ErrorCode::NotFound);
    };
    is_hidden([&](db::Session& s) { return find(s, "ws_b", project.id); });
    is_hidden([&](db::Session& s) { return remove(s, "ws_b", project.id); });
    is_hidden([&](db::Session& s) { return add_plan(s, "ws_b", project.id, "{}", "u"); });
    is_hidden([&](db::Session& s) {
        return change(s, "ws_b", project.id, 1, {.name = "x", .wishes = {}, .clip_ids = {}});
    });
    auto const montage = rendered(project);
    is_hidden([&](db::Session& s) { return find_montage(s, "ws_b", montage.id); });
    is_hidden([&](db::Session& s) { return start_montage(s, "ws_b", montage.plan_id); });
    is_hidden([&](db::Session& s) { return share(s, "ws_b", montage.id, "u", std::nullopt); });
    is_hidden([&](db::Session& s) { return remove_montage(s, "ws_b", montage.id); });
}

TEST_P(ProjectsTest, AChangeOfAnOldVersionIsRefused) {
    auto const project = make();
    auto const rename = [&](db::Session& s) {
        return change(s, "ws_a", project.id, 1, {.name = "new", .wishes = {}, .clip_ids = {}});
    };
    write(rename);
    EXPECT_EQ(error(rename).code, ErrorCode::Stale);
}

TEST_P(ProjectsTest, KeepTheirWishesWhenAChangeSaysNothingOfThem) {
    Wishes wishes;
    wishes.length_s = 30;
    wishes.weights["burst"] = 2;
    auto const project = write([&](db::Session& s) {
        return create(s, "ws_a", {.name = "x", .wishes = wishes, .clip_ids = {}});
    });
    auto const changed = write([&](db::Session& s) {
        return change(s, "ws_a", project.id, 1, {.name = "y", .wishes = {}, .clip_ids = {}});
    });
    EXPECT_EQ(changed.wishes.length_s, 30);
    EXPECT_EQ(changed.wishes.weights.at("burst"), 2);
}

TEST(ProjectWishes, AreCheckedWithTheirPlaceNamed) {
    auto const refusal = [](std::string const& text) {
        auto const read = json::from_text<Wishes>(text);
        return read ? std::string() : read.error().message;
    };
    auto const with = [](std::string const& length, std::string const& formats,
                         std::string const& weights) {
        return R"({"length_s":)" + length + R"(,"formats":)" + formats +
               R"(,"order":"time","weights":)" + weights + R"(,"fill":true})";
    };
    EXPECT_EQ(refusal(with("60", R"(["portrait"])", "{}")), "");
    EXPECT_THAT(refusal(with("0.5", R"(["portrait"])", "{}")), HasSubstr("/length_s"));
    EXPECT_THAT(refusal(with("3601", R"(["portrait"])", "{}")), HasSubstr("/length_s"));
    EXPECT_THAT(refusal(with("60", "[]", "{}")), HasSubstr("/formats"));
    EXPECT_THAT(refusal(with("60", R"(["square","square"])", "{}")), HasSubstr("/formats"));
    EXPECT_THAT(refusal(with("60", R"(["square"])", R"({"burst":11})")), HasSubstr("/weights"));
}

TEST_P(ProjectsTest, PlansAreNumberedAndNeverChange) {
    auto const project = make();
    for (auto const* text : {R"({"a":1})", R"({"a":2})"})
        write([&](db::Session& s) { return add_plan(s, "ws_a", project.id, text, "user_1"); });
    auto const plans =
        must(database().read([&](db::Session& s) { return list_plans(s, project.id, 0, 10); }));
    ASSERT_EQ(plans.size(), 2U);
    EXPECT_EQ(plans[0].number, 2);
    EXPECT_EQ(write([&](db::Session& s) { return find_plan(s, "ws_a", plans[1].id); }).text,
              R"({"a":1})");
}

TEST_P(ProjectsTest, AMontageIsRenderedByAJobAndReadyOnce) {
    auto const montage = start(make());
    EXPECT_EQ(montage.state, MontageState::Rendering);
    auto const job = must(jobs::claim(database(), "worker"));
    ASSERT_TRUE(job);
    EXPECT_EQ(job->id, montage.job_id);
    EXPECT_EQ(job->subject_id, montage.id);
    auto const end = [&](db::Session& s) {
        return finish_montage(s, "ws_a", montage.id, {{"square", "key", 7, "hash"}}, "{}");
    };
    write(end);
    EXPECT_EQ(error(end).code, ErrorCode::Gone);
    auto const ready = write([&](db::Session& s) { return find_montage(s, "ws_a", montage.id); });
    EXPECT_EQ(ready.state, MontageState::Ready);
    ASSERT_EQ(ready.files.size(), 1U);
    EXPECT_EQ(ready.files[0].key, "key");
}

TEST_P(ProjectsTest, AMontageIsWhatItsJobIsUntilItIsReady) {
    auto const montage = start(make());
    auto const state = [&] {
        return write([&](db::Session& s) { return find_montage(s, "ws_a", montage.id); }).state;
    };
    write([&](db::Session& s) { return jobs::cancel(s, "ws_a", montage.job_id); });
    EXPECT_EQ(state(), MontageState::Failed);
    write([&](db::Session& s) { return jobs::rerun(s, "ws_a", montage.job_id); });
    EXPECT_EQ(state(), MontageState::Rendering);
}

TEST_P(ProjectsTest, ALinkWorksUntilItIsRevokedOrExpires) {
    auto const project = make();
    auto const unfinished = start(project);
    EXPECT_EQ(error([&](db::Session& s) {
                  return share(s, "ws_a", unfinished.id, "u", std::nullopt);
              }).code,
              ErrorCode::Conflict);
    auto const montage = rendered(project);
    auto const made =
        write([&](db::Session& s) { return share(s, "ws_a", montage.id, "user_1", std::nullopt); });
    auto const open = [&](std::string const& token) {
        return database().read([&](db::Session& s) { return find_share(s, token); });
    };
    EXPECT_EQ(open(made.token)->montage_id, montage.id);
    EXPECT_EQ(open(made.token + "x").error().code, ErrorCode::NotFound);
    EXPECT_EQ(open("").error().code, ErrorCode::NotFound);
    EXPECT_EQ(database()
                  .write([&](db::Session& s) { return share(s, "ws_a", montage.id, "u", 1); })
                  .error()
                  .code,
              ErrorCode::NotFound)
        << "it expired in 1970";
    write([&](db::Session& s) { return revoke_share(s, "ws_a", made.share.id); });
    EXPECT_EQ(open(made.token).error().code, ErrorCode::NotFound);
    EXPECT_EQ(error([&](db::Session& s) { return revoke_share(s, "ws_a", made.share.id); }).code,
              ErrorCode::NotFound);
}

TEST_P(ProjectsTest, RemovingAMontageTellsWhichBytesAreLeftAndEndsItsLinks) {
    auto const montage = rendered(make());
    auto const made =
        write([&](db::Session& s) { return share(s, "ws_a", montage.id, "user_1", std::nullopt); });
    auto const files = write([&](db::Session& s) { return remove_montage(s, "ws_a", montage.id); });
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].key, "w/ws_a/m");
    EXPECT_EQ(
        database().read([&](db::Session& s) { return find_share(s, made.token); }).error().code,
        ErrorCode::NotFound);
}

TEST_P(ProjectsTest, RemovingAProjectTellsWhichBytesAreLeftAndCancelsItsJobs) {
    auto const project = make();
    rendered(project);
    auto const plan =
        write([&](db::Session& s) { return add_plan(s, "ws_a", project.id, "{}", "user_1"); });
    auto const waiting = write([&](db::Session& s) { return start_montage(s, "ws_a", plan.id); });
    auto const files = write([&](db::Session& s) { return remove(s, "ws_a", project.id); });
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].key, "w/ws_a/m");
    auto const job =
        database().read([&](db::Session& s) { return jobs::find(s, "ws_a", waiting.job_id); });
    EXPECT_EQ(job->state, jobs::State::Cancelled);
}

}  // namespace
}  // namespace aiditor::projects
