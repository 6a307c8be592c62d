#include "engine/render/pictures.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::render {

Pictures::Pictures(timeline::EditPlan const& plan, Sources& sources,
                   std::vector<std::string>& notes)
    : plan_(plan), sources_(sources), notes_(notes) {}

Result<> Pictures::run(std::vector<std::unique_ptr<media::Mp4Writer>> const& writers,
                       std::function<void(double)> const& on_progress) {
    for (std::int64_t frame = 0; frame < plan_.frames; ++frame) {
        auto const layers = layers_at(frame);
        for (std::size_t output = 0; output < writers.size(); ++output) {
            auto const* shown = TRY(picture(slot_for(layers[0].clip, frame), output, frame));
            media::FramePtr mixed;
            if (layers.size() == 2) {
                auto const* next = TRY(picture(slot_for(layers[1].clip, frame), output, frame));
                mixed = media::blend(*shown, *next, layers[1].share);
                shown = mixed.get();
            }
            TRY_VOID(writers[output]->add(*shown));
        }
        on_progress(static_cast<double>(frame + 1) / static_cast<double>(plan_.frames));
    }
    for (auto const& writer : writers) TRY_VOID(writer->finish());
    return {};
}

std::vector<Pictures::Layer> Pictures::layers_at(std::int64_t frame) {
    auto const end_of = [&](std::size_t i) {
        return plan_.clips[i].first_frame + plan_.clips[i].frames;
    };
    while (frame >= end_of(clip_)) ++clip_;
    auto const mix = [&](std::size_t left) -> std::optional<std::vector<Layer>> {
        auto const half = plan_.transitions[left].frames / 2;
        auto const into = frame - (end_of(left) - half);
        if (into < 0 || into >= 2 * half) return std::nullopt;
        auto const share = static_cast<int>((2 * into + 1) * 256 / (4 * half));
        return std::vector<Layer>{{left, 0}, {left + 1, share}};
    };
    if (clip_ + 1 < plan_.clips.size())
        if (auto layers = mix(clip_)) return *layers;
    if (clip_ > 0)
        if (auto layers = mix(clip_ - 1)) return *layers;
    return {{clip_, 0}};
}

Pictures::Slot& Pictures::slot_for(std::size_t clip, std::int64_t frame) {
    for (auto& slot : slots_)
        if (slot.clip == clip) return slot;
    auto const idle = [&](Slot const& slot) {
        if (slot.clip == SIZE_MAX) return true;
        auto const& c = plan_.clips[slot.clip];
        return frame >= c.first_frame + c.frames + handle_after(plan_, slot.clip);
    };
    auto const source = plan_.clips[clip].source;
    // A reader already on this source saves opening it again; else an unused one, else the other.
    Slot* best = nullptr;
    for (auto& slot : slots_)
        if (idle(slot) &&
            (!best || slot.source == source || (best->source != source && slot.source == -1)))
            best = &slot;
    auto& slot = best ? *best : slots_[0];
    prepare(slot, clip);
    return slot;
}

void Pictures::prepare(Slot& slot, std::size_t clip) {
    auto const& c = plan_.clips[clip];
    slot.clip = clip;
    slot.reported = false;
    slot.last.clear();
    slot.last.resize(plan_.outputs.size());
    if (slot.source != c.source || !slot.reader) {
        slot.source = c.source;
        slot.reader.reset();
        if (auto index = sources_.index(c.source)) {
            auto reader = media::VideoReader::open(sources_.file(c.source).fd, **index);
            if (reader) slot.reader.emplace(std::move(*reader));
            else complain(slot, reader.error().message);
        } else {
            complain(slot, index.error().message);
        }
    }
    slot.fits.clear();
    for (auto const& output : plan_.outputs) {
        auto const g = slot.reader ? slot.reader->geometry() : media::Geometry{};
        slot.fits.emplace_back(media::FitSpec{.width = output.width,
                                              .height = output.height,
                                              .focus_x = c.focus_x,
                                              .focus_y = c.focus_y,
                                              .rotation_deg = g.rotation_deg,
                                              .pixel_aspect = g.pixel_aspect,
                                              .deinterlace = g.interlaced});
    }
}

Result<AVFrame const*> Pictures::picture(Slot& slot, std::size_t output, std::int64_t frame) {
    auto const& clip = plan_.clips[slot.clip];
    // Containers round times, so a picture is asked for half a frame after it should begin; half of
    // the shorter frame, or a faster source would be asked right between two of its pictures.
    auto half = timeline::frame_start(1, plan_.frame_rate) / 2;
    if (slot.reader && timeline::Time{} < slot.reader->mean_frame())
        half = std::min(half, slot.reader->mean_frame() / 2);
    auto const offset = frame - clip.first_frame;
    auto const t = clip.source_start_s +
                   (offset < 0 ? -timeline::frame_start(-offset, plan_.frame_rate)
                               : timeline::frame_start(offset, plan_.frame_rate)) +
                   half;
    if (slot.reader) {
        auto source = slot.reader->at(t);
        auto fitted = source ? slot.fits[output].fit(**source)
                             : Result<AVFrame const*>(std::unexpected(source.error()));
        if (fitted) {
            slot.last[output] = media::share(**fitted);
            return *fitted;
        }
        complain(slot, fitted.error().message);
    }
    if (!slot.last[output])
        slot.last[output] =
            media::black_picture(plan_.outputs[output].width, plan_.outputs[output].height);
    return slot.last[output].get();
}

void Pictures::complain(Slot& slot, std::string_view what) {
    if (std::exchange(slot.reported, true)) return;
    auto const& clip = plan_.clips[slot.clip];
    notes_.push_back(fmt::format("{} at {}: {}; the last good picture (or black) is shown instead",
                                 sources_.file(clip.source).name,
                                 timeline::clock_text(clip.source_start_s), what));
}

}  // namespace aiditor::render
