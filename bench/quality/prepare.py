"""Everything slow, so that it can be done beside other work: what the baselines measure, and the
answers of the detectors. Each is kept; nothing is written to the results."""
import baselines
import footage
from bench import progress


def main(bench):
    videos = [video for video in bench.videos if video.is_ranked or video.is_quiet]
    for detector in bench.detectors:
        bench.detect_all(videos, detector)
        bench.detect_all(footage.unseen_maps(videos), detector, by_maps=True)
    for video in videos:
        bench.evaluate.feats(str(video.path), str(baselines.cache_folder()))
        progress(f"prepared {video.name}")
    for video in footage.ranked(videos) if bench.run_auto_editor else []:
        for name in baselines.AUTO_EDITOR:
            baselines.auto_editor(bench.evaluate, video, name.split()[-1])
        progress(f"auto-editor judged {video.name}")
