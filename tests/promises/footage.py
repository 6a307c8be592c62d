"""Clips of a few seconds that are worked on fast, as many different ones as wanted."""
import hashlib
import os
import struct
import subprocess

import program


def base_clip():
    """The bytes of six small seconds with sound."""
    path = program.MEDIA / "promises" / "base.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{os.getpid()}.mp4")
        subprocess.run(
            ["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-f", "lavfi", "-i",
             "testsrc2=d=6:s=160x90:r=10", "-f", "lavfi", "-i",
             "anoisesrc=d=6:seed=1:amplitude=0.2:r=48000", "-pix_fmt", "yuv420p", "-c:v",
             "libx264", "-preset", "ultrafast", "-g", "10", "-c:a", "aac", "-b:a", "32k", part],
            check=True, timeout=120)
        part.rename(path)
    return path.read_bytes()


def another_clip(base, random, padding):
    """The same film with a box of `padding` random bytes behind it: another content."""
    return base + struct.pack(">I4s", padding + 8, b"free") + random.randbytes(padding)


def sha256(data):
    return hashlib.sha256(data).hexdigest()
