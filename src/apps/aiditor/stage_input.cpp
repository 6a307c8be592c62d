#include "apps/aiditor/stage_input.hpp"

#include "base/printable.hpp"

#include <fmt/format.h>

namespace aiditor::app {

using pipeline::AnalysisSet;
using timeline::EditPlan;
using timeline::Highlights;

namespace {

constexpr std::size_t kMostJsonBytes = 256U << 20;

template <class T>
Result<StageInput> read_as(json::Value const& value) {
    return StageInput(TRY(json::from_value<T>(value)));
}

Result<StageInput> read_value(std::string const& text) {
    auto const value = TRY(json::parse(text));
    auto const* object = value.if_object();
    auto const* schema = object ? object->if_contains("schema") : nullptr;
    std::string_view const name =
        schema && schema->is_string() ? std::string_view(schema->get_string()) : "";
    if (name == AnalysisSet::kSchema) return read_as<AnalysisSet>(value);
    if (name == Highlights::kSchema) return read_as<Highlights>(value);
    if (name == EditPlan::kSchema) return read_as<EditPlan>(value);
    return json::bad("/schema",
                     fmt::format("must be \"{}\", \"{}\" or \"{}\"", AnalysisSet::kSchema,
                                 Highlights::kSchema, EditPlan::kSchema));
}

}  // namespace

Result<StageInput> read_stage_input(std::vector<std::string> const& inputs,
                                    pipeline::Reporter& reporter) {
    bool const is_json = inputs.size() == 1 && (inputs[0] == "-" || inputs[0].ends_with(".json"));
    if (!is_json) return StageInput(TRY(pipeline::list_inputs(inputs, reporter)));
    auto value = read_value(TRY(read_text(inputs[0], kMostJsonBytes)));
    if (value) return value;
    auto const name = inputs[0] == "-" ? "standard input" : printable(inputs[0]);
    return std::unexpected(std::move(value).error().while_doing(name));
}

std::vector<FileFacts> files_of(StageInput const& input) {
    std::vector<FileFacts> facts;
    auto const add = [&](auto const& clips, auto const& file_of) {
        for (auto const& clip : clips)
            if (auto const file = open_regular(file_of(clip))) facts.push_back(file->facts);
    };
    if (auto const* media = std::get_if<pipeline::InputSet>(&input))
        for (auto const& clip : media->clips) facts.push_back(clip.facts);
    if (auto const* analysed = std::get_if<AnalysisSet>(&input))
        add(analysed->clips, [](auto const& clip) { return clip.media.file; });
    if (auto const* found = std::get_if<Highlights>(&input))
        add(found->clips, [](auto const& clip) { return clip.file; });
    if (auto const* plan = std::get_if<EditPlan>(&input))
        add(plan->sources, [](auto const& source) { return source.file; });
    return facts;
}

}  // namespace aiditor::app
