"""What a finished montage really shows and sounds: decoded by the ffmpeg command, then measured."""
import fractions
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "media"))
import make_clips  # noqa: E402

SOUND_HZ = 48000


class Decoded:
    """`picture(i)` gives (Y, Cb, Cr); `sound` is samples x channels at 48 kHz, or None."""

    def __init__(self, path):
        probe = subprocess.run(
            ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-show_chapters",
             "-show_entries", "packet=stream_index,pts_time", "-of", "json", path],
            capture_output=True, text=True, timeout=60, check=True)
        self.facts = json.loads(probe.stdout)
        streams = self.facts["streams"]
        self.video = next(s for s in streams if s["codec_type"] == "video")
        self.audio = next((s for s in streams if s["codec_type"] == "audio"), None)
        self.width, self.height = self.video["width"], self.video["height"]
        self.rate = fractions.Fraction(self.video["r_frame_rate"])
        self.sound = None
        self.loudness_lufs = self.true_peak_dbtp = None
        self._decode(path)

    def _decode(self, path):
        with tempfile.NamedTemporaryFile(suffix=".f32") as sound:
            command = ["ffmpeg", "-nostdin", "-y", "-hide_banner", "-i", path,
                       "-map", "0:v:0", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p",
                       "-f", "rawvideo", "pipe:1"]
            if self.audio:
                command += ["-map", "0:a:0", "-af", "ebur128=peak=true:framelog=verbose",
                            "-ar", str(SOUND_HZ), "-f", "f32le", sound.name]
            done = subprocess.run(command, capture_output=True, timeout=120, check=False)
            log = done.stderr.decode(errors="replace")
            self.complaints = [line for line in log.splitlines() if re.search(
                r"corrupt|error while decoding|non monoton|invalid", line, re.IGNORECASE)]
            if done.returncode:
                self.complaints.append(f"ffmpeg ended with {done.returncode}")
            if self.audio:
                samples = np.fromfile(sound.name, "<f4")
                self.sound = samples.reshape(-1, int(self.audio["channels"]))
        summary = log[log.rfind("Summary:"):]
        if self.audio and (found := re.search(r"I:\s*(-?[\d.]+|-inf|nan) LUFS", summary)):
            self.loudness_lufs = float(found.group(1))
        if self.audio and (found := re.search(r"Peak:\s*(-?[\d.]+|-inf|nan) dBFS", summary)):
            self.true_peak_dbtp = float(found.group(1))
        luma = self.width * self.height
        self._frame_bytes = luma * 3 // 2
        self._pictures = np.frombuffer(done.stdout, np.uint8)
        self.frames = len(self._pictures) // self._frame_bytes

    def picture(self, i):
        luma = self.width * self.height
        data = self._pictures[i * self._frame_bytes:(i + 1) * self._frame_bytes]
        half = (self.height // 2, self.width // 2)
        return (data[:luma].reshape(self.height, self.width),
                data[luma:luma * 5 // 4].reshape(half), data[luma * 5 // 4:].reshape(half))

    def packet_times(self, stream):
        return [float(p["pts_time"]) for p in self.facts["packets"]
                if p["stream_index"] == stream["index"]]

    # ---- the test picture of make_clips ------------------------------------------------------

    def source_frames(self):
        """The source frame number that each output frame shows; None where it is unreadable."""
        layout = make_clips.Layout(self.width, self.height)
        cores = []
        for i in range(16):
            x0, y0, x1, y1 = layout.bit(i)
            cores.append((slice(y0 + 5, y1 - 5), slice(x0 + 5, x1 - 5)))
        numbers = []
        for i in range(self.frames):
            luma = self.picture(i)[0]
            code = 0
            for core in cores:
                code = code << 1 | int(luma[core].mean() > 125)
            numbers.append(make_clips.frame_of(code))
        return numbers

    def disc_white(self):
        """For each frame: is the disc white?"""
        x, y, radius = make_clips.Layout(self.width, self.height).disc()
        half = int(radius / 2)
        core = slice(int(y) - half, int(y) + half), slice(int(x) - half, int(x) + half)
        return [self.picture(i)[0][core].mean() > 110 for i in range(self.frames)]

    def disc_extent(self, i):
        """Width and height of the white disc of frame i, in pixels."""
        x, y, radius = make_clips.Layout(self.width, self.height).disc()
        luma = self.picture(i)[0]
        reach = int(radius * 1.25)  # stays clear of the bar code and the patches
        def length(line):
            ground, white = np.concatenate([line[:3], line[-3:]]).mean(), line[len(line) // 2]
            return float(np.clip((line - ground) / max(white - ground, 1), 0, 1).sum())
        across = luma[int(y) - 2:int(y) + 2, int(x) - int(radius * 2):int(x) + int(radius * 2)]
        down = luma[int(y) - reach:int(y) + reach, int(x) - 2:int(x) + 2]
        return length(across.mean(0)), length(down.mean(1))

    def patch_rgb(self, i, number):
        """Mean colour of patch `number` in frame i, as BT.709 limited range says."""
        x0, y0, x1, y1 = make_clips.Layout(self.width, self.height).patch(number)
        inner = (x0 + 6, y0 + 6, x1 - 6, y1 - 6)
        luma, cb, cr = self.picture(i)
        cut = tuple(v // 2 for v in inner)
        y = (luma[inner[1]:inner[3], inner[0]:inner[2]].mean() - 16) / 219
        b = (cb[cut[1]:cut[3], cut[0]:cut[2]].mean() - 128) / 224
        r = (cr[cut[1]:cut[3], cut[0]:cut[2]].mean() - 128) / 224
        rgb = [y + 1.5748 * r, y - 0.1873 * b - 0.4681 * r, y + 1.8556 * b]
        return [round(255 * v) for v in rgb]

    def envelope(self, hz):
        """Strength of one tone over time, one value a millisecond, peak amplitude."""
        mono = self.sound.mean(1)
        t = np.arange(len(mono)) / SOUND_HZ
        carrier = mono * np.exp(-2j * np.pi * hz * t)
        window = 192  # 4 ms
        smooth = np.convolve(carrier, np.hanning(window) / np.hanning(window).sum(), "same")
        return 2 * np.abs(smooth)[::SOUND_HZ // 1000]

    def beeps_s(self, hz):
        """When the tone sets in."""
        strength = self.envelope(hz)
        if strength.max(initial=0) < 0.01:
            return []
        on = strength > strength.max() / 2
        starts = np.flatnonzero(on & ~np.concatenate([[False], on[:-1]]))
        merged = [s for i, s in enumerate(starts) if i == 0 or s - starts[i - 1] > 50]
        return [s / 1000 for s in merged]


def box_order(path):
    """The names of the top-level boxes of an mp4 file (ISO/IEC 14496-12)."""
    names, at, data = [], 0, pathlib.Path(path).read_bytes()
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at:at + 4], "big"), data[at + 4:at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8:at + 16], "big")
        names.append(name.decode("latin1"))
        if size < 8:
            break
        at += size
    return names
