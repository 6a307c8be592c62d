/// aiditor-media: the only program that opens media. Started by aiditor, confined, one request.

#include "apps/aiditor_media/tasks.hpp"
#include "engine/media/capabilities.hpp"

int main() {
    aiditor::media::be_quiet();  // FFmpeg's own log lines are not for people; errors are values
    return aiditor::sandbox::serve(&aiditor::media_app::run_task);
}
