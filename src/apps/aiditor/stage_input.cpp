#include "apps/aiditor/stage_input.hpp"

#include "base/printable.hpp"
#include "engine/events/sidecar.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace aiditor::app {

using pipeline::AnalysisSet;
using pipeline::ProbeSet;
using timeline::EditPlan;
using timeline::Highlights;

namespace {

constexpr std::size_t kMostJsonBytes = 256U << 20;

template <class T>
Result<StageInput> read_as(json::Value const& value) {
    return StageInput(TRY(json::from_value<T>(value)));
}

Result<StageInput> reopen(ProbeSet const& probed, pipeline::Reporter& reporter) {
    std::vector<pipeline::KnownFile> files;
    for (auto const& clip : probed.clips) files.push_back({clip.file, clip.sha256});
    return StageInput(TRY(pipeline::reopen_inputs(files, probed.skipped, reporter)));
}

/// N of "/dev/fd/N" when it is a pipe, as the shell's <(...) gives it. It is read where it is:
/// opening a pipe by name could wait for ever.
std::optional<int> shell_pipe(std::string const& input) {
    for (std::string_view const folder : {"/dev/fd/", "/proc/self/fd/"}) {
        if (!input.starts_with(folder)) continue;
        int fd = -1;
        auto const* end = input.data() + input.size();
        auto const [stop, ec] = std::from_chars(input.data() + folder.size(), end, fd);
        struct stat s{};
        if (ec == std::errc() && stop == end && ::fstat(fd, &s) == 0 && S_ISFIFO(s.st_mode))
            return fd;
    }
    return std::nullopt;
}

/// No video begins like that; but what is named like one is to be judged as one.
bool begins_as_json(std::string const& input) {
    if (pipeline::is_video_name(input)) return false;
    auto const file = open_regular(input);
    char first = 0;
    return file && file->facts.size_bytes <= static_cast<std::int64_t>(kMostJsonBytes) &&
           ::read(file->fd.get(), &first, 1) == 1 && first == '{';
}

Result<std::string> read_json(std::string const& input) {
    auto const fd = shell_pipe(input);
    auto text = fd ? read_all(*fd, kMostJsonBytes) : read_text(input, kMostJsonBytes);
    if (text || text.error().code != ErrorCode::LimitReached) return text;
    return fail(ErrorCode::Usage, text.error().message + "; start from fewer clips");
}

int rank(StageInput const& value) { return static_cast<int>(value.index()); }

Result<StageInput> read_value(std::string const& text, pipeline::Reporter& reporter) {
    auto const value = TRY(json::parse(text));
    auto const* object = value.if_object();
    auto const* schema = object ? object->if_contains("schema") : nullptr;
    std::string_view const name =
        schema && schema->is_string() ? std::string_view(schema->get_string()) : "";
    if (name == ProbeSet::kSchema) return reopen(TRY(json::from_value<ProbeSet>(value)), reporter);
    if (name == AnalysisSet::kSchema) return read_as<AnalysisSet>(value);
    if (name == Highlights::kSchema) return read_as<Highlights>(value);
    if (name == EditPlan::kSchema) return read_as<EditPlan>(value);
    return json::bad("/schema",
                     fmt::format("must be \"{}\", \"{}\", \"{}\" or \"{}\"", ProbeSet::kSchema,
                                 AnalysisSet::kSchema, Highlights::kSchema, EditPlan::kSchema));
}

}  // namespace

Result<StageInput> read_stage_input(std::vector<std::string> const& inputs,
                                    std::vector<std::string> const& outputs,
                                    pipeline::Reporter& reporter) {
    bool const is_json = inputs.size() == 1 && (inputs[0] == "-" || inputs[0].ends_with(".json") ||
                                                shell_pipe(inputs[0]) || begins_as_json(inputs[0]));
    if (!is_json) return StageInput(TRY(pipeline::list_inputs(inputs, outputs, reporter)));
    auto value = read_value(TRY(read_json(inputs[0])), reporter);
    if (value || value.error().code != ErrorCode::BadJson) return value;
    auto const name = inputs[0] == "-" ? "standard input" : printable(inputs[0]);
    return std::unexpected(std::move(value).error().while_doing(name));
}

Result<> check_fits(Options const& options, StageInput const& value) {
    if (std::holds_alternative<pipeline::InputSet>(value)) return {};
    constexpr std::array<std::string_view, 4> kWriters{"probe", "analyse", "detect", "plan"};
    auto const have = rank(value);
    auto const name = options.inputs.front() == "-" ? "standard input" : options.inputs.front();
    auto const written = fmt::format("{}: is what `{}` writes", printable(name),
                                     kWriters[static_cast<std::size_t>(have)]);
    auto const most = [&] {
        switch (options.command) {
        case Command::Detect:
        case Command::Like: return 1;
        case Command::Plan:
        case Command::Montage: return 2;
        case Command::Render: return 3;
        default: return 0;
        }
    }();
    if (have > most)
        return fail(ErrorCode::Usage,
                    fmt::format("{}, which this command does not take{}", written,
                                options.command == Command::Montage
                                    ? "; `aiditor render` makes the film of a plan"
                                    : "; give it videos or the value of an earlier stage"));
    auto const refuse = [&](std::vector<std::string> const& given, std::string_view stage) {
        return fail(ErrorCode::Usage,
                    fmt::format("{}: {} belongs to `{}`, which is done already; leave it out, or "
                                "start from an earlier value",
                                written, fmt::join(given, ", "), stage));
    };
    if (have >= 1 && !options.given_to_analyse.empty())
        return refuse(options.given_to_analyse, "analyse");
    if (have >= 2 && !options.given_to_detect.empty())
        return refuse(options.given_to_detect, "detect");
    if (have >= 3 && !options.given_to_plan.empty()) return refuse(options.given_to_plan, "plan");
    return {};
}

std::vector<FileFacts> files_of(StageInput const& input, std::vector<std::string> const& inputs) {
    std::vector<FileFacts> facts;
    auto const add_file = [&](std::string const& path) {
        if (auto const file = open_regular(path)) facts.push_back(file->facts);
    };
    auto const add_clip = [&](std::string const& path) {
        add_file(path);
        if (auto const sidecar = events::sidecar_of(path)) add_file(*sidecar);
    };
    if (inputs.size() == 1 && inputs[0] != "-") add_file(inputs[0]);
    if (auto const* media = std::get_if<pipeline::InputSet>(&input))
        for (auto const& clip : media->clips) add_clip(clip.file);
    if (auto const* analysed = std::get_if<AnalysisSet>(&input))
        for (auto const& clip : analysed->clips) add_clip(clip.media.file);
    if (auto const* found = std::get_if<Highlights>(&input))
        for (auto const& clip : found->clips) add_clip(clip.file);
    if (auto const* plan = std::get_if<EditPlan>(&input))
        for (auto const& source : plan->sources) add_clip(source.file);
    return facts;
}

}  // namespace aiditor::app
