#include "engine/detect/model.hpp"

#include "base/file.hpp"
#include "base/printable.hpp"
#include "base/sha256.hpp"
#include "engine/detect/channels.hpp"
#include "engine/detect/model_manifest.hpp"
#include "engine/detect/onnx_net.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;

/// Samples that the network sees at once, its surroundings aside: 14 minutes.
constexpr std::size_t kPiece = 4096;
/// What a network adds beyond this is a fault of its weights.
constexpr float kMostPart = 1000;

/// Part wants names that live as long as the program; the few that models have are kept for ever.
std::string_view kept(std::string const& name) {
    static std::set<std::string> names;
    static std::mutex guard;
    std::lock_guard const lock(guard);
    return *names.insert(name).first;
}

class Model final : public Detector {
public:
    Model(ModelManifest manifest, OnnxNet net)
        : manifest_(std::move(manifest)), net_(std::move(net)) {
        for (auto const& group : manifest_.groups)
            for (auto const& name : group.channels) sources_.push_back(*find_channel(name));
    }

    [[nodiscard]] std::string_view name() const override { return manifest_.name; }

    [[nodiscard]] Result<std::vector<Evidence>> weigh(
        std::span<CueTrack const> tracks) const override {
        std::vector<Evidence> out(tracks.size());
        for (auto const& members : pools(tracks)) {
            ChannelPool const pool(tracks, members, sources_);
            for (std::size_t k = 0; k < members.size(); ++k) out[members[k]] = TRY(judged(pool, k));
        }
        return out;
    }

private:
    /// The rows of one clip: each group's channels, filled up to the width with empty ones.
    struct Rows {
        std::vector<std::vector<float>> values;
        std::vector<bool> speaks;  ///< by group
        std::size_t samples = 0;

        /// [from, to) of each row, with 0 before the start and after the end.
        [[nodiscard]] std::vector<float> cut(std::ptrdiff_t from, std::ptrdiff_t to) const {
            auto const length = static_cast<std::size_t>(to - from);
            std::vector<float> out(values.size() * length, 0);
            auto const first = std::max<std::ptrdiff_t>(0, from);
            auto const last = std::min(static_cast<std::ptrdiff_t>(samples), to);
            for (std::size_t r = 0; r < values.size(); ++r) {
                if (values[r].empty()) continue;
                std::copy(values[r].begin() + first, values[r].begin() + last,
                          out.begin() + static_cast<std::ptrdiff_t>(r * length) + first - from);
            }
            return out;
        }
    };

    [[nodiscard]] Rows rows_of(ChannelPool const& pool, std::size_t k) const {
        Rows out;
        std::size_t c = 0;
        for (auto const& group : manifest_.groups) {
            bool speaks = false;
            auto const first = out.values.size();
            for (std::size_t i = 0; i < group.channels.size(); ++i) {
                auto const& row = out.values.emplace_back(pool.values(c++, k));
                out.samples = row.size();
                speaks = speaks || std::ranges::any_of(row, [](float z) { return z != 0; });
            }
            out.values.resize(first + manifest_.width);
            out.speaks.push_back(speaks);
        }
        return out;
    }

    [[nodiscard]] Result<Evidence> judged(ChannelPool const& pool, std::size_t k) const {
        Evidence out;
        out.onset = pool.onset(k);
        auto const rows = rows_of(pool, k);
        for (auto const& group : manifest_.groups)
            out.parts.push_back({.group = kept(group.group),
                                 .kind = kept(group.kind),
                                 .unit = group.unit,
                                 .values = std::vector<double>(rows.samples, 0)});
        if (std::ranges::none_of(rows.speaks, std::identity{})) return out;
        out.least = manifest_.least;
        out.least_fall = manifest_.least_fall;
        auto const reach = static_cast<std::ptrdiff_t>(net_.reach());
        for (std::size_t from = 0; from < rows.samples; from += kPiece) {
            auto const size = std::min(kPiece, rows.samples - from);
            auto const begin = static_cast<std::ptrdiff_t>(from) - reach;
            auto const length = size + 2 * net_.reach();
            auto const answer =
                TRY(net_.run(rows.cut(begin, begin + static_cast<std::ptrdiff_t>(length))));
            for (std::size_t g = 0; g < out.parts.size(); ++g)
                for (std::size_t i = 0; rows.speaks[g] && i < size; ++i)
                    out.parts[g].values[from + i] = part(answer[g * length + net_.reach() + i]);
        }
        return out;
    }

    [[nodiscard]] static double part(float x) {
        if (!std::isfinite(x)) return 0;
        return quantised(static_cast<double>(std::clamp(x, -kMostPart, kMostPart)));
    }

    ModelManifest manifest_;
    OnnxNet net_;
    std::vector<ChannelSource> sources_;  ///< of all groups, one after the other
};

/// NotFound is kept for a manifest: half a model is not no model.
Result<std::string> network_of(std::string const& path) {
    auto bytes = read_text(path, kMostNetworkBytes);
    if (!bytes && bytes.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::Unreadable, bytes.error().message);
    return bytes;
}

Result<std::unique_ptr<Detector>> load(std::string const& path) {
    auto const text = TRY(read_text(path, kMostManifestBytes));
    auto manifest = TRY(json::from_text<ModelManifest>(text));
    auto const file = std::filesystem::path(path).parent_path() / manifest.file;
    auto const bytes = TRY(network_of(file.string()));
    if (sha256_hex(bytes) != manifest.sha256)
        return fail(ErrorCode::Unreadable, printable(manifest.file) +
                                               " is not the network that this file describes (its "
                                               "SHA-256 differs)");
    auto const groups = manifest.groups.size();
    auto net = OnnxNet::load(bytes, groups * manifest.width, groups, kChannelLow, kChannelHigh);
    if (!net) return std::unexpected(std::move(net).error().while_doing(printable(manifest.file)));
    return std::make_unique<Model>(std::move(manifest), std::move(*net));
}

}  // namespace

Result<std::unique_ptr<Detector>> load_model(std::string const& manifest) {
    auto model = load(manifest);
    if (model) return model;
    auto error = std::move(model).error();
    // What is wrong with a file as such names it already.
    bool const named = error.message.starts_with(printable(manifest));
    if (!named) error = std::move(error).while_doing(printable(manifest));
    return std::unexpected(std::move(error));
}

}  // namespace aiditor::detect
