"""Honest clips from the ffmpeg command, which the corpus then damages."""
import hashlib
import os
import pathlib
import subprocess

PICTURE = ["-f", "lavfi", "-i", "testsrc2=d=2:s=160x90:r=25"]
SOUND = ["-f", "lavfi", "-i", "sine=f=440:d=2:r=8000"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-crf", "36",
        "-threads", "1"]
AAC = ["-c:a", "aac", "-b:a", "64k"]
BOTH = [*PICTURE, *SOUND, "-shortest", "-pix_fmt", "yuv420p"]

# name: ffmpeg arguments. A name without meaning to the program (x.flv) is renamed by the corpus.
SEEDS = {
    "seed.mp4": [*BOTH, *H264, *AAC, "-movflags", "+faststart"],
    "tail.mp4": [*BOTH, *H264, *AAC],
    "pieces.mp4": [*BOTH, *H264, *AAC, "-movflags", "frag_keyframe+empty_moov"],
    "seed.mov": [*BOTH, *H264, "-c:a", "pcm_s16le"],
    "seed.mkv": [*BOTH, *H264, *AAC],
    "live.mkv": [*BOTH, *H264, *AAC, "-live", "1"],
    "seed.ts": [*BOTH, *H264, *AAC],
    "other.ts": ["-f", "lavfi", "-i", "testsrc2=d=2:s=320x180:r=25", *SOUND, "-shortest",
                 "-pix_fmt", "yuv420p", *H264, *AAC, "-output_ts_offset", "2"],
    "mpeg4.ts": [*BOTH, "-c:v", "mpeg4", *AAC, "-output_ts_offset", "2"],
    "seed.avi": [*BOTH, "-c:v", "mpeg4", "-q:v", "12", "-c:a", "pcm_s16le"],
    "sound.mp4": [*SOUND, *AAC],
    "sound.ts": [*SOUND, *AAC],
    "cover.mp4": ["-f", "lavfi", "-i", "testsrc2=d=0.04:s=160x90:r=25", *SOUND, "-map", "1", "-map",
                  "0", "-c:v", "png", *AAC, "-disposition:v:0", "attached_pic"],
    "one_frame.mp4": [*PICTURE, *H264, "-pix_fmt", "yuv420p", "-frames:v", "1"],
    "still.mkv": [*PICTURE, "-frames:v", "1", *H264, "-pix_fmt", "yuv420p"],
    "magicyuv.avi": [*PICTURE, "-pix_fmt", "yuv420p", "-c:v", "magicyuv", "-frames:v", "3"],
    "magicyuv.mkv": [*PICTURE, "-pix_fmt", "yuv420p", "-c:v", "magicyuv", "-frames:v", "3"],
    "utvideo.avi": [*PICTURE, "-pix_fmt", "yuv420p", "-c:v", "utvideo", "-frames:v", "3"],
    "huffyuv.avi": [*PICTURE, "-c:v", "huffyuv", "-pix_fmt", "yuv422p", "-frames:v", "3"],
    "mjpeg.avi": [*PICTURE, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"],
    "raw.avi": [*PICTURE, "-c:v", "rawvideo", "-pix_fmt", "bgr24", "-frames:v", "3"],
    "flv1.avi": [*PICTURE, "-c:v", "flv1"],
    "prores.mov": [*PICTURE, "-c:v", "prores", "-frames:v", "3"],
    "cfhd.mov": [*PICTURE, "-c:v", "cfhd", "-pix_fmt", "yuv422p10le", "-frames:v", "3"],
    "png.mov": [*PICTURE, "-c:v", "png", "-frames:v", "3"],
    "rle.mov": [*PICTURE, "-c:v", "qtrle", "-pix_fmt", "rgb24", "-frames:v", "3"],
    "ffv1.mkv": [*PICTURE, "-c:v", "ffv1", "-frames:v", "3"],
    "theora.mkv": [*PICTURE, "-c:v", "libtheora", "-pix_fmt", "yuv420p"],
    "mpeg2.ts": [*PICTURE, "-c:v", "mpeg2video", "-pix_fmt", "yuv420p"],
    "alac.mp4": [*BOTH, *H264, "-c:a", "alac"],
    "wma.mkv": [*BOTH, *H264, "-c:a", "wmav2"],
    "x.flv": [*BOTH, *H264, *AAC],
    "x.ogg": [*SOUND, "-c:a", "libvorbis"],
    "x.mpg": [*PICTURE, "-c:v", "mpeg2video", "-pix_fmt", "yuv420p"],
    "x.y4m": [*PICTURE, "-pix_fmt", "yuv420p", "-frames:v", "2"],
    "x.wav": SOUND,
    "x.mp3": [*SOUND, "-c:a", "libmp3lame"],
    "x.flac": SOUND,
    "x.mxf": [*PICTURE, "-c:v", "mpeg2video", "-pix_fmt", "yuv420p"],
    "x.wmv": [*PICTURE, "-c:v", "wmv2"],
    "x.gif": [*PICTURE, "-frames:v", "5"],
    "x.png": [*PICTURE, "-frames:v", "1"],
    "x.jpg": [*PICTURE, "-frames:v", "1", "-pix_fmt", "yuvj420p"],
    "x.nut": [*BOTH, *H264, *AAC],
    "good.mp4": ["-f", "lavfi", "-i", "testsrc2=d=4:s=320x180:r=25", "-f", "lavfi", "-i",
                 "sine=f=440:d=4:r=48000", "-pix_fmt", "yuv420p", *H264, *AAC],
    "victim.mp4": ["-f", "lavfi", "-i", "mandelbrot=s=160x90:r=10", "-f", "lavfi", "-i",
                   "anoisesrc=d=1:seed=4711", "-t", "1", "-pix_fmt", "yuv420p", *H264, *AAC],
}


def seeds_folder(base):
    """Changes with the recipes, so that old seeds are not taken for new ones."""
    return pathlib.Path(base) / ("seeds-" + hashlib.sha256(repr(SEEDS).encode()).hexdigest()[:8])


def make_seeds(folder):
    """Writes what is missing; returns {name: bytes}."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, arguments in SEEDS.items():
        path = folder / name
        if not path.exists():
            part = path.with_name(f"part-{os.getpid()}-{name}")
            subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error", *arguments,
                            "-fflags", "+bitexact", "-flags:v", "+bitexact", part],
                           check=True, timeout=60)
            part.rename(path)
    return {name: (folder / name).read_bytes() for name in SEEDS}
