"""Test videos for the speed measurements: made once, kept outside the repository.

Recorded game play is scaled to 1080p60, given grain (recordings of real games are not
as flat as Freedoom) and encoded like a recorder does, then repeated to length by stream copy.
"""
import pathlib
import subprocess

SECONDS = 20  # length of the piece that is repeated

# How recorders encode, by name: (x264 options, what it stands for)
ENCODINGS = {
    "gop120": (["-g", "120", "-keyint_min", "120"], "key frame every 2 s: OBS and ShadowPlay"),
    "gop250": (["-g", "250", "-keyint_min", "250"], "key frame every 4.2 s: x264's own default"),
    "intra": (["-g", "1"], "every frame a key frame: editing formats"),
    "refresh": (["-g", "120", "-x264-params", "intra-refresh=1"],
                "intra refresh: no key frame after the first, as streamed games"),
}
RATE = ["-b:v", "12M", "-maxrate", "12M", "-bufsize", "24M"]


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True)


def piece(work, footage, name, rate):
    """SECONDS at 1080p60, H.264 and AAC 48 kHz stereo."""
    path = work / f"{name}_piece.mp4"
    if not path.exists():
        part = path.with_suffix(".part.mp4")
        ffmpeg("-stream_loop", -1, "-i", footage, "-t", SECONDS,
               "-vf", "scale=1920:1080:flags=bicubic,setsar=1,fps=60,noise=alls=7:allf=t",
               "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p",
               "-sc_threshold", 0, "-bf", 2, *ENCODINGS[name.split("_")[0]][0], *rate,
               "-c:a", "aac", "-b:a", "160k", "-ar", 48000, "-ac", 2, part)
        part.rename(path)
    return path


def repeated(work, source, minutes):
    """`source` end to end until `minutes` are full."""
    path = work / f"{source.stem.removesuffix('_piece')}_{minutes}min.mp4"
    if not path.exists():
        listing = work / "list.txt"
        listing.write_text(f"file '{source}'\n" * (minutes * 60 // SECONDS))
        part = path.with_suffix(".part.mp4")
        ffmpeg("-f", "concat", "-safe", 0, "-i", listing, "-c", "copy", part)
        part.rename(path)
    return path


def recording(work: pathlib.Path, footage, name, minutes):
    """12 Mb/s, as a recorder writes it."""
    return repeated(work, piece(work, footage, name, RATE), minutes)


def long_recording(work: pathlib.Path, footage, minutes):
    """Hours of it, at a low bit rate: as many packets, less disk."""
    return repeated(work, piece(work, footage, "gop120_low", ["-crf", "38"]), minutes)
