#pragma once
/// The pictures of a montage, frame by frame, into every output at once.

#include "engine/media/mp4_writer.hpp"
#include "engine/media/picture_fit.hpp"
#include "engine/media/video_reader.hpp"
#include "engine/render/sources.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aiditor::render {

/// Pull loop over output frame numbers: for each it asks the one or two clips that are visible for
/// their picture, fits it to every output, mixes crossfades and hands it to the encoders. Each
/// source picture is decoded once for all outputs. At most two readers are open.
class Pictures {
public:
    Pictures(timeline::EditPlan const& plan, Sources& sources, std::vector<std::string>& notes);

    /// Renders all frames. Errors: those of the writers; a source that cannot be decoded shows
    /// black and leaves a note.
    [[nodiscard]] Result<> run(std::vector<std::unique_ptr<media::Mp4Writer>> const& writers,
                               std::function<void(double)> const& on_progress);

private:
    /// A reader on one source, lent to one clip at a time.
    struct Slot {
        int source = -1;
        std::size_t clip = SIZE_MAX;
        std::optional<media::VideoReader> reader;
        std::vector<media::PictureFit> fits;  ///< one an output
        std::vector<media::FramePtr> last;    ///< what an output showed last, for damaged stretches
        bool reported = false;
    };
    struct Layer {
        std::size_t clip;
        int share;  ///< of 256; the second layer's share of the mix
    };

    [[nodiscard]] std::vector<Layer> layers_at(std::int64_t frame);
    Slot& slot_for(std::size_t clip, std::int64_t frame);
    void prepare(Slot& slot, std::size_t clip);
    [[nodiscard]] Result<AVFrame const*> picture(Slot& slot, std::size_t output,
                                                 std::int64_t frame);
    void complain(Slot& slot, std::string_view what);

    timeline::EditPlan const& plan_;
    Sources& sources_;
    std::vector<std::string>& notes_;
    std::size_t clip_ = 0;  ///< the clip that owns the current frame
    std::array<Slot, 2> slots_;
};

}  // namespace aiditor::render
