#include "apps/aiditor/options.hpp"

#include "base/printable.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace aiditor::app {

namespace {

using timeline::Time;

constexpr char const* kAbout =
    "Raw gameplay in, a montage worth posting out.\n"
    "Everything runs on this machine; nothing is sent anywhere.";

constexpr char const* kExamples = R"(
Examples:
  aiditor montage clips/ -o best.mp4                 one minute of the best moments
  aiditor montage match.mkv -o short.mp4 --duration 30 --format portrait
  aiditor detect match.mkv -o found.json             what was found, and why
  aiditor plan found.json -o plan.json               change either file by hand ...
  aiditor render plan.json -o best.mp4               ... and make the film of it
  aiditor like match.mkv --up 1:23 --down 4:05 -o likes.json
  aiditor montage next.mkv --learn likes.json -o best.mp4     more of what you like
  aiditor serve                                      the same as a service: http://127.0.0.1:8080
  aiditor doctor                                     what this machine can do

Exit status:
  0 done               5 a JSON value is wrong          8 the media process failed
  2 wrong command line 6 no usable input is left       70 a fault in Aiditor itself
  3 file not readable  7 the output cannot be written 130 stopped (Ctrl-C)
  4 not a usable video   9 the service refuses or is not set up
The manual is docs/cli.md.)";

constexpr char const* kTakesMontage =
    "Video files or folders of them, or what probe, analyse or detect wrote (.json, or -)";

constexpr double kMostSeconds = 9e6;

/// What CLI11 fills in before it is checked and converted.
struct Raw {
    std::string length = "60", lead_in, lead_out, transition_length;
    std::string order = "time", detector, transition = "cut";
    std::vector<std::string> formats, weights, up, down;
    int short_side = 1080;
    bool no_fill = false, no_cache = false, no_refine = false;
};

template <class E>
Result<E> enum_option(std::string const& text, std::string_view option) {
    auto const value = json::from_value<E>(json::Value(text));
    if (value) return *value;
    // The reader says "at the top: must be one of ..."; on a command line the option is the place.
    auto const& message = value.error().message;
    auto const list = message.find("must be");
    return fail(ErrorCode::Usage,
                fmt::format("{} {}: {}", option, text,
                            list == std::string::npos ? message : message.substr(list)));
}

Result<> read_plan_options(Raw const& raw, edit::PlanOptions& plan) {
    plan.length = TRY(parse_duration(raw.length, "--duration"));
    if (plan.length < timeline::milliseconds(100) || timeline::seconds(12 * 3600) < plan.length)
        return fail(ErrorCode::Usage,
                    fmt::format("--duration {}: must be from 0.1 seconds to 12 hours", raw.length));
    if (!raw.lead_in.empty()) plan.lead_in = TRY(parse_duration(raw.lead_in, "--lead-in"));
    if (!raw.lead_out.empty()) plan.lead_out = TRY(parse_duration(raw.lead_out, "--lead-out"));
    if (!raw.transition_length.empty())
        plan.transition_length = TRY(parse_duration(raw.transition_length, "--transition-length"));
    plan.order = TRY(enum_option<edit::Order>(raw.order, "--order"));
    plan.transition = TRY(enum_option<timeline::TransitionKind>(raw.transition, "--transition"));
    plan.short_side = raw.short_side;
    plan.fill = !raw.no_fill;
    if (!raw.formats.empty()) plan.formats.clear();
    for (auto const& name : raw.formats)
        plan.formats.push_back(TRY(enum_option<timeline::Format>(name, "--format")));
    return {};
}

/// "GROUP=FACTOR", e.g. "picture=0".
Result<> read_wishes(Raw const& raw, detect::Wishes& wishes) {
    for (auto const& text : raw.weights) {
        auto const equals = text.find('=');
        double factor = -1;
        if (equals != std::string::npos) {
            auto const* end = text.data() + text.size();
            auto const [stop, ec] = std::from_chars(text.data() + equals + 1, end, factor);
            if (ec != std::errc() || stop != end) factor = -1;
        }
        if (equals == 0 || !(factor >= 0 && factor <= 10))
            return fail(ErrorCode::Usage,
                        fmt::format("--weight {}: must be GROUP=FACTOR with a factor from 0 (does "
                                    "not count) to 10, e.g. burst=2",
                                    printable(text)));
        wishes.weights[text.substr(0, equals)] = factor;
    }
    return {};
}

Result<std::vector<Time>> read_times(std::vector<std::string> const& texts,
                                     std::string_view option) {
    std::vector<Time> out;
    for (auto const& text : texts) out.push_back(TRY(parse_duration(text, option)));
    return out;
}

Result<> check_encode(sandbox::EncodeSettings const& encode) {
    constexpr std::array kPresets{"ultrafast", "superfast", "veryfast", "faster",  "fast",
                                  "medium",    "slow",      "slower",   "veryslow"};
    if (std::ranges::find(kPresets, encode.preset) == kPresets.end())
        return fail(ErrorCode::Usage, fmt::format("--preset {}: must be one of {}", encode.preset,
                                                  fmt::join(kPresets, ", ")));
    if (encode.crf < 0 || encode.crf > 51)
        return fail(ErrorCode::Usage,
                    fmt::format("--crf {}: must be from 0 (best) to 51 (smallest)", encode.crf));
    return {};
}

/// Which of the options that mean something to one stage only were typed.
std::vector<std::string> given(CLI::App const& sub, std::initializer_list<char const*> names) {
    std::vector<std::string> typed;
    for (char const* name : names)
        if (auto const* option = sub.get_option_no_throw(name); option && option->count() > 0)
            typed.emplace_back(name);
    return typed;
}

Result<> check_plot(CLI::App const& sub, std::string const& plot) {
    if (given(sub, {"--plot"}).empty()) return {};
    if (!is_utf8(plot))
        return fail(ErrorCode::Usage, printable(plot) + ": the name is not UTF-8; choose another");
    if (!plot.ends_with(".png"))
        return fail(
            ErrorCode::Usage,
            fmt::format("--plot {}: draws a PNG file; end its name with .png", printable(plot)));
    return {};
}

void add_common(CLI::App& sub, Options& options, Raw& raw) {
    sub.add_flag("--json", options.json,
                 "Progress as one JSON object a line on standard error, the result as JSON on "
                 "standard output");
    sub.add_flag("--no-cache", raw.no_cache, "Measure everything anew and keep nothing");
    auto* refine =
        sub.add_option("--refine", options.closer_look_share,
                       "Share of a clip's pictures that may be decoded around its moments")
            ->check(CLI::Range(0.0, 1.0))
            ->capture_default_str();
    sub.add_flag("--no-refine", raw.no_refine, "No closer look: half the time, fewer cues")
        ->excludes(refine);
    sub.add_option("--jobs", options.jobs,
                   "Clips worked on at once (default: the cores, at most 4)")
        ->check(CLI::Range(1U, 64U));
}

void add_plan(CLI::App& sub, Raw& raw) {
    auto* group = sub.add_option_group("What is shown");
    group->add_option("--duration", raw.length, "Length: seconds or M:SS")->capture_default_str();
    group
        ->add_option("--format", raw.formats,
                     "landscape (default), portrait or square; may be given several times")
        ->allow_extra_args(false);
    group->add_option("--order", raw.order, "time: as it happened; score: best first")
        ->capture_default_str();
    group->add_option("--lead-in", raw.lead_in, "Seconds kept before each peak (default 2.5)");
    group->add_option("--lead-out", raw.lead_out, "Seconds kept after each peak (default 1.5)");
    group->add_option("--transition", raw.transition, "cut or crossfade")->capture_default_str();
    group->add_option("--transition-length", raw.transition_length,
                      "Seconds a crossfade takes (default 0.5)");
    group->add_flag("--no-fill", raw.no_fill,
                    "Highlights only: end early rather than add other material");
    group->add_option("--resolution", raw.short_side, "Short side of the picture in pixels")
        ->capture_default_str();
}

void add_detect(CLI::App& sub, Raw& raw) {
    sub.add_option(
        "--detector", raw.detector,
        "How highlights are found: rules, model, or auto (default: as the settings say)");
    sub.add_option("--weight", raw.weights,
                   "GROUP=FACTOR: let a reason count more or less, e.g. burst=2 or picture=0; may "
                   "be given several times")
        ->allow_extra_args(false);
}

void add_encode(CLI::App& sub, Options& options) {
    auto* group = sub.add_option_group("How it is encoded");
    group->add_option("--preset", options.encode.preset, "x264 preset, ultrafast to veryslow")
        ->capture_default_str();
    group->add_option("--crf", options.encode.crf, "x264 quality, 0 (best) to 51 (smallest)")
        ->capture_default_str();
}

void add_plot(CLI::App& sub, Options& options) {
    sub.add_option("--plot", options.plot,
                   "Draw the pictures and cues of the clip as a .png file; further clips go to "
                   "NAME-2.png, NAME-3.png and so on");
}

void add_learn(CLI::App& sub, Options& options) {
    sub.add_option("--learn", options.learn,
                   "Moments you liked and did not, as `aiditor like` writes them: more like those");
}

void add_like(CLI::App& sub, Options& options, Raw& raw) {
    sub.add_option("--up", raw.up, "A moment you like: seconds or M:SS; may be given several times")
        ->allow_extra_args(false);
    sub.add_option("--down", raw.down, "A moment you do not like")->allow_extra_args(false);
    sub.add_option("-o,--output", options.output,
                   "The file of likes; those in it are kept, - is standard output")
        ->capture_default_str();
}

CLI::App* add_stage(CLI::App& app, char const* name, char const* about, char const* inputs,
                    Options& options) {
    auto* sub = app.add_subcommand(name, about);
    sub->add_option("INPUT", options.inputs, inputs)->required();
    return sub;
}

struct Stages {
    CLI::App *montage, *probe, *analyse, *detect, *like, *plan, *render, *doctor, *serve, *backup,
        *restore, *config, *setup_link, *keys;
};

Stages add_stages(CLI::App& app, Options& options) {
    Stages s{};
    s.montage =
        add_stage(app, "montage", "Make a montage of the best moments", kTakesMontage, options);
    s.probe =
        add_stage(app, "probe", "Say what each clip is", "Video files or folders of them", options);
    s.analyse = add_stage(app, "analyse", "Measure sound and pictures",
                          "Videos, folders, or what `probe` wrote (a .json file, or -)", options);
    s.detect =
        add_stage(app, "detect", "Find highlights and say why",
                  "Videos, folders, or what `probe` or `analyse` wrote (.json, or -)", options);
    s.like = add_stage(app, "like", "Say which moments you like, for --learn",
                       "One video, or what `analyse` wrote for one (.json, or -)", options);
    s.plan = add_stage(
        app, "plan", "Choose exactly what is shown",
        "Videos, folders, or what `probe`, `analyse` or `detect` wrote (.json, or -)", options);
    s.render = add_stage(app, "render", "Make the film of a plan",
                         "What `plan` wrote (.json, or -), or anything `plan` takes", options);
    s.doctor = app.add_subcommand("doctor", "Say what this machine can do");
    s.serve =
        app.add_subcommand("serve", "Be a service: a web API over uploads, projects and jobs");
    s.serve->add_option("--listen", options.listen,
                        "ADDRESS:PORT, port 0 for a free one (default: as the settings say)");
    s.backup = add_stage(app, "backup", "Copy all that the service keeps, while it may be running",
                         "The folder of the back-up: new, empty, or an earlier one", options);
    s.backup->add_option("--keys", options.keys, "Copy the secrets too, to this file elsewhere");
    s.restore = add_stage(app, "restore", "Make a data folder of a back-up",
                          "The folder of the back-up", options);
    s.restore->add_option("--keys", options.keys, "The file of the secrets");
    for (auto* sub : {s.backup, s.restore}) {
        sub->get_option("INPUT")->expected(1);
        sub->add_option("--data", options.data,
                        "The service's data folder (default: as the settings say)");
        sub->add_flag("--json", options.json, "Say what was done as JSON");
    }
    s.config = app.add_subcommand("config", "Show each setting and where it is from");
    s.setup_link = app.add_subcommand(
        "setup-link", "Print a new link by which the first operator of the service signs up");
    s.keys = app.add_subcommand("keys", "Look after the service's secrets");
    s.keys->add_subcommand("rotate", "Make new ones; what the old ones protect stays good");
    s.keys->require_subcommand(1);
    for (auto* sub : {s.serve, s.setup_link, s.keys})
        sub->add_option("--data", options.data,
                        "Folder of the service's data (default: as the settings say)");
    s.keys->get_subcommand("rotate")->fallthrough();
    return s;
}

Command command_of(Stages const& s) {
    std::pair<CLI::App*, Command> const all[] = {{s.montage, Command::Montage},
                                                 {s.probe, Command::Probe},
                                                 {s.analyse, Command::Analyse},
                                                 {s.detect, Command::Detect},
                                                 {s.like, Command::Like},
                                                 {s.plan, Command::Plan},
                                                 {s.render, Command::Render},
                                                 {s.doctor, Command::Doctor},
                                                 {s.serve, Command::Serve},
                                                 {s.backup, Command::Backup},
                                                 {s.restore, Command::Restore},
                                                 {s.config, Command::Config},
                                                 {s.setup_link, Command::SetupLink},
                                                 {s.keys, Command::RotateKeys}};
    for (auto const& [sub, command] : all)
        if (sub->parsed()) return command;
    return Command::Doctor;
}

}  // namespace

Result<std::variant<Options, Text>> parse_command_line(int argc, char const* const* argv) {
    Options options;
    Raw raw;
    CLI::App app(kAbout, "aiditor");
    app.footer(kExamples);
    app.set_version_flag("--version", "aiditor " AIDITOR_VERSION);
    app.require_subcommand(1);
    auto const s = add_stages(app, options);
    for (auto* sub : {s.montage, s.probe, s.analyse, s.detect, s.like, s.plan, s.render, s.doctor})
        add_common(*sub, options, raw);
    for (auto* sub : {s.montage, s.detect, s.like, s.plan, s.render}) add_detect(*sub, raw);
    for (auto* sub : {s.montage, s.detect, s.plan, s.render}) add_learn(*sub, options);
    add_like(*s.like, options, raw);
    for (auto* sub : {s.montage, s.plan, s.render}) add_plan(*sub, raw);
    for (auto* sub : {s.analyse, s.detect}) add_plot(*sub, options);
    s.detect->add_flag("--explain", options.explain,
                       "Print the highlights and their reasons for people instead of JSON");
    for (auto* sub : {s.montage, s.render}) {
        add_encode(*sub, options);
        sub->add_option("-o,--output", options.output, "The film, an .mp4 file")->required();
    }
    for (auto* sub : {s.probe, s.analyse, s.detect, s.plan})
        sub->add_option("-o,--output", options.output, "JSON file; - is standard output")
            ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (CLI::CallForHelp const&) {
        for (auto* sub : app.get_subcommands()) return Text{sub->help("aiditor")};
        return Text{app.help()};
    } catch (CLI::CallForVersion const& version) {
        return Text{std::string(version.what()) + "\n"};
    } catch (CLI::RequiredError const& e) {
        // CLI11 asks for a subcommand and does not say that it did not know the word it saw.
        if (argc > 1 && app.get_subcommands().empty() && argv[1][0] != '-')
            return fail(ErrorCode::Usage, printable(argv[1]) +
                                              ": is not a command of aiditor; "
                                              "`aiditor --help` shows them");
        return fail(ErrorCode::Usage,
                    std::string(e.what()) + "; `aiditor --help` shows what can be typed");
    } catch (CLI::ParseError const& e) {
        return fail(ErrorCode::Usage,
                    std::string(e.what()) + "; `aiditor --help` shows what can be typed");
    }
    options.command = command_of(s);
    auto const& typed = *app.get_subcommands().front();
    options.detector = raw.detector;
    if (!given(typed, {"--detector"}).empty()) TRY_VOID(check_detector(raw.detector, "--detector"));
    options.given_to_analyse = given(typed, {"--refine", "--no-refine"});
    options.given_to_detect = given(typed, {"--detector", "--weight", "--learn"});
    options.given_to_plan =
        given(typed, {"--duration", "--format", "--order", "--lead-in", "--lead-out",
                      "--transition", "--transition-length", "--no-fill", "--resolution"});
    options.use_cache = !raw.no_cache;
    if (!std::isfinite(options.closer_look_share))
        return fail(ErrorCode::Usage, "--refine: must be a share from 0 to 1, e.g. 0.05");
    if (raw.no_refine) options.closer_look_share = 0;
    TRY_VOID(read_plan_options(raw, options.plan));
    TRY_VOID(read_wishes(raw, options.wishes));
    options.up = TRY(read_times(raw.up, "--up"));
    options.down = TRY(read_times(raw.down, "--down"));
    if (options.command == Command::Like && options.up.empty() && options.down.empty())
        return fail(ErrorCode::Usage, "like: name at least one moment by --up or --down TIME");
    if (options.explain && options.json && options.output == "-")
        return fail(ErrorCode::Usage,
                    "--explain is for people and --json for programs; leave one out, or let -o "
                    "take the JSON");
    TRY_VOID(check_encode(options.encode));
    TRY_VOID(check_plot(typed, options.plot));
    return options;
}

Result<> check_detector(std::string_view name, std::string_view origin) {
    if (std::ranges::find(detect::kDetectorNames, name) != detect::kDetectorNames.end()) return {};
    return fail(ErrorCode::Usage,
                fmt::format("{}: the detector `{}` is not known; there are {}", printable(origin),
                            printable(name), fmt::join(detect::kDetectorNames, ", ")));
}

Result<Time> parse_duration(std::string const& text, std::string_view option) {
    double total = 0;
    std::string_view rest = text;
    for (int fields = 1;; ++fields) {
        auto const colon = rest.find(':');
        auto const field = rest.substr(0, colon);
        double x = 0;
        auto const [end, ec] = std::from_chars(field.data(), field.data() + field.size(), x);
        bool const whole = colon == std::string_view::npos || x == std::floor(x);
        if (ec != std::errc() || end != field.data() + field.size() || !std::isfinite(x) || x < 0 ||
            !whole || (fields > 1 && x >= 60) || fields > 3)
            return fail(
                ErrorCode::Usage,
                fmt::format("{} {}: must be seconds (90, 1.5) or M:SS (1:30)", option, text));
        total = total * 60 + x;
        if (colon == std::string_view::npos) break;
        rest.remove_prefix(colon + 1);
    }
    if (total > kMostSeconds)
        return fail(ErrorCode::Usage, fmt::format("{} {}: is too long", option, text));
    return timeline::from_seconds(total);
}

std::vector<std::string> output_names(std::string const& output,
                                      std::vector<timeline::Format> const& formats) {
    std::vector<std::string> names;
    for (auto const format : formats) {
        auto name = output;
        if (formats.size() > 1 && format != timeline::Format::Landscape && name.ends_with(".mp4"))
            name.insert(name.size() - 4,
                        format == timeline::Format::Portrait ? "-portrait" : "-square");
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace aiditor::app
