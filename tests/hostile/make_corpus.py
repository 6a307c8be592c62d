#!/usr/bin/python3
"""Writes files that lie, cheat or are damaged, each with what the program has to do with it.

usage: make_corpus.py FOLDER     writes FOLDER/*, and seeds and the victim beside FOLDER
       make_corpus.py --list     shows names, expectations and what each file is
Everything is derived from seeds of the ffmpeg command and a fixed random seed; under 20 MB.
"""
import dataclasses
import pathlib
import random
import re
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from hostile import containers as c  # noqa: E402
from hostile.seeds import make_seeds, seeds_folder  # noqa: E402

# What `aiditor probe` may answer. Either way a montage is made of the good clip beside it.
REFUSED = {4}      # not a clip, or over a limit
EITHER = {0, 4}    # what is whole of it may be used
USABLE = {0}       # odd but good
LISTEN_PORT_MARK = b"@PORT@"


@dataclasses.dataclass
class Lure:
    """What the attacks aim at."""
    victim: str        # absolute path of a clip that must never be read
    victim_text: str   # the same for a subtitle file
    port: int          # of a listener on 127.0.0.1 that must never be called


@dataclasses.dataclass
class Case:
    name: str
    allowed: set
    about: str
    build: object      # (seeds, lure, random) -> bytes


CASES = []


def case(name, allowed, about):
    def register(build):
        CASES.append(Case(name, allowed, about, build))
        return build
    return register


def add(name, allowed, about, build):
    CASES.append(Case(name, allowed, about, build))


# ---- something else by the name of a clip ------------------------------------------------------

for kind, text in {
    "empty": b"", "one_byte": b"\0", "text": b"Just a note about my best rounds.\n" * 40,
    "html": b"<!DOCTYPE html><html><body><video src='x.mp4'></video></body></html>\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
    "zip": b"PK\x03\x04\x14\0\0\0\0\0" + b"\0" * 60 + b"PK\x05\x06" + b"\0" * 18,
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + zlib.compress(b"x" * 99)[2:],
    "elf": b"\x7fELF\x02\x01\x01" + b"\0" * 200, "json": b'{"schema":"aiditor.edit_plan/1"}',
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "data_url": b"data:video/mp4;base64,AAAAIGZ0eXBpc29t\n", "nul": b"\0" * 5000,
    "ansi": b"\x1b[2J\x1b[31mhello\x1b[0m\r\n" * 50,
    "webvtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\nx\n",
    "xbin": b"XBIN\x1a" + struct.pack("<HHBB", 80, 25, 16, 0) + b"\x20\x07" * 2000,
    "concat_script": b"ffconcat version 1.0\nfile '@VICTIM@'\n",
    "subfile": b"subfile,,start,0,end,0,,:@VICTIM@\n",
    "sami": b"<SAMI><BODY><SYNC Start=0><P><img src='file://@VICTIM@'></SYNC></BODY></SAMI>",
    "srt": b"1\n00:00:00,000 --> 00:00:10,000\nx\n",
    "ass": b"[Script Info]\nScriptType: v4.00+\n[Events]\nDialogue: 0,0:00:00.00,0:00:09.00,,,x\n",
    "dash": b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static' "
            b"mediaPresentationDuration='PT1S'><Period><AdaptationSet mimeType='video/mp4'>"
            b"<Representation id='1' bandwidth='1'><BaseURL>file://@VICTIM@</BaseURL>"
            b"</Representation></AdaptationSet></Period></MPD>",
    "xml_entity": b"<?xml version='1.0'?><!DOCTYPE m [<!ENTITY x SYSTEM 'file://@VICTIM@'>]>"
                  b"<MPD>&x;</MPD>",
}.items():
    add(f"{kind}.mp4", REFUSED, f"{kind} by the name of a video",
        lambda seeds, lure, rng, text=text: text.replace(b"@VICTIM@", lure.victim.encode()))

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n%s\n#EXT-X-ENDLIST\n"
for extension in ("mp4", "mkv", "ts", "avi", "mov"):
    add(f"playlist.{extension}", REFUSED, "an HLS playlist that names someone else's clip",
        lambda seeds, lure, rng: PLAYLIST % f"file://{lure.victim}".encode())
for kind, target in {"relative": "../victim.mp4", "concat": "concat:{v}|{v}",
                     "subfile": "subfile,,start,0,end,9999,,:{v}", "crypto": "crypto+file://{v}",
                     "http": "http://127.0.0.1:{p}/x.mp4", "tcp": "tcp://127.0.0.1:{p}"}.items():
    add(f"playlist_{kind}.mp4", REFUSED, f"an HLS playlist that goes by {kind}",
        lambda seeds, lure, rng, target=target: PLAYLIST % target.format(
            v=lure.victim, p=lure.port).encode())
add("playlist_bom.mp4", REFUSED, "an HLS playlist behind a byte order mark",
    lambda seeds, lure, rng: b"\xef\xbb\xbf" + PLAYLIST % f"file://{lure.victim}".encode())
add("playlist_in_box.mp4", REFUSED, "a playlist behind an ftyp box",
    lambda seeds, lure, rng: c.box(b"ftyp", b"isom\0\0\2\0isommp41")
    + b"\n" + PLAYLIST % f"file://{lure.victim}".encode())
add("playlist_in_mdat.mp4", REFUSED, "a playlist as the media data, no moov",
    lambda seeds, lure, rng: c.box(b"ftyp", b"isom\0\0\2\0isommp41") + c.box(
        b"mdat", PLAYLIST % f"file://{lure.victim}".encode()))
add("playlist_in_ebml.mkv", REFUSED, "a playlist behind an EBML header",
    lambda seeds, lure, rng: c.ebml_header() + PLAYLIST % f"file://{lure.victim}".encode())
for seed, extension in (("x.flv", "mp4"), ("x.ogg", "mp4"), ("x.mpg", "ts"), ("x.y4m", "mp4"),
                        ("x.wav", "avi"), ("x.mp3", "mp4"), ("x.flac", "mkv"), ("x.mxf", "mp4"),
                        ("x.wmv", "avi"), ("x.gif", "mp4"), ("x.png", "mp4"), ("x.jpg", "mov"),
                        ("x.nut", "mkv")):
    add(f"{seed[2:]}_named.{extension}", REFUSED, f"a {seed[2:]} file named .{extension}",
        lambda seeds, lure, rng, seed=seed: seeds[seed])
for extension in ("mp4", "mkv", "ts", "avi"):
    add(f"random.{extension}", REFUSED, "random bytes",
        lambda seeds, lure, rng: rng.randbytes(9999))
for seed in ("magicyuv.avi", "magicyuv.mkv", "utvideo.avi", "huffyuv.avi", "mjpeg.avi", "raw.avi",
             "flv1.avi", "prores.mov", "cfhd.mov", "png.mov", "rle.mov", "ffv1.mkv", "theora.mkv",
             "mpeg2.ts"):
    add(f"decoder_{seed}", REFUSED, "a decoder that is not on the list",
        lambda seeds, lure, rng, seed=seed: seeds[seed])
for seed in ("alac.mp4", "wma.mkv"):
    add(f"decoder_{seed}", EITHER, "good pictures, sound of a decoder that is not on the list",
        lambda seeds, lure, rng, seed=seed: seeds[seed])

# ---- references out of the file ----------------------------------------------------------------


def with_data_reference(data, entry):
    for track in (b"moov/trak#0", b"moov/trak#1"):
        data = c.replace_box(data, track + b"/mdia/minf/dinf/dref", c.full_box(
            b"dref", struct.pack(">I", 1), entry))
    return data


def alias(path):
    """A QuickTime alias record with an absolute path (QuickTime File Format, data references)."""
    name = path.encode()
    record = struct.pack(">4sHH", b"\0\0\0\0", 150, 2) + b"\0" * 142
    record += struct.pack(">HH", 2, len(name)) + name + b"\0" * (len(name) % 2)
    record += struct.pack(">HH", 18, len(name)) + name + b"\0" * (len(name) % 2)
    return c.full_box(b"alis", record + struct.pack(">HH", 0xFFFF, 0))


add("reference_alias.mov", EITHER, "sample data in another file, by alias with absolute path",
    lambda seeds, lure, rng: with_data_reference(seeds["tail.mp4"], alias(lure.victim)))
add("reference_url.mov", EITHER, "sample data in another file, by file: URL",
    lambda seeds, lure, rng: with_data_reference(
        seeds["tail.mp4"], c.full_box(b"url ", f"file://{lure.victim}\0".encode())))
add("reference_http.mp4", EITHER, "sample data at a network address",
    lambda seeds, lure, rng: with_data_reference(
        seeds["tail.mp4"], c.full_box(b"url ", f"http://127.0.0.1:{lure.port}/\0".encode())))
add("reference_movie.mov", REFUSED, "a QuickTime reference movie",
    lambda seeds, lure, rng: c.box(b"moov", c.box(b"rmra", c.box(b"rmda", c.full_box(
        b"rdrf", b"url ", struct.pack(">I", len(lure.victim) + 8), b"file://",
        lure.victim.encode(), b"\0")))))


def gab2(lure, payload):
    """AVI with a text stream whose data names a file or is a playlist (GAB2 subtitles)."""
    text = b"GAB2\0" + struct.pack("<HI", 2, 2) + b"x\0" + struct.pack("<HI", 4, len(payload))
    return c.avi([c.avi_main_header(1), c.avi_stream(b"txts", b"\0\0\0\0", 1, 25, 1, b"")],
                 [c.chunk(b"00tx", text, payload)])


add("gab2_playlist.avi", REFUSED, "AVI subtitles that are an HLS playlist",
    lambda seeds, lure, rng: gab2(lure, PLAYLIST % f"file://{lure.victim}".encode()))
add("gab2_concat.avi", REFUSED, "AVI subtitles that are a concat script",
    lambda seeds, lure, rng: gab2(lure, f"ffconcat version 1.0\nfile {lure.victim}\n".encode()))


@case("gab2_beside_video.avi", EITHER, "a real clip with GAB2 subtitles that are a playlist")
def gab2_beside_video(seeds, lure, rng):
    data = PLAYLIST % f"file://{lure.victim}".encode()
    text = b"GAB2\0" + struct.pack("<HI", 2, 2) + b"x\0" + struct.pack("<HI", 4, len(data)) + data
    seed = seeds["seed.avi"]
    at = seed.index(b"LIST", seed.index(b"movi") - 8) + 12
    extra = c.avi_stream(b"txts", b"\0\0\0\0", 1, 25, 1, b"")
    header_at = seed.index(b"hdrl") + 4
    header_size = struct.unpack_from("<I", seed, 16)[0]
    end = header_at - 4 + header_size
    grown = seed[:16] + struct.pack("<I", header_size + len(extra)) + seed[20:end] + extra
    movie = seed[end:]
    at = movie.index(b"movi") + 4
    return grown + movie[:at] + c.chunk(b"02tx", text) + movie[at:]


# ---- cut short, overwritten --------------------------------------------------------------------


def cut_at_edges():
    """Cuts at each top-level edge and in the middle of each box of a faststart and a plain mp4."""
    for seed, edges in (("seed.mp4", ("ftyp", "moov", "free", "mdat")),
                        ("tail.mp4", ("ftyp", "free", "mdat", "moov")),
                        ("pieces.mp4", ("ftyp", "moov", "moof", "mdat"))):
        for edge in edges:
            for where in ("before", "inside"):
                if (edge, where) == ("ftyp", "before"):
                    continue
                def build(seeds, lure, rng, seed=seed, edge=edge, where=where):
                    _, (start, end) = next((n, (s, e)) for n, s, _, e in c.boxes(seeds[seed])
                                           if n == edge.encode())
                    return seeds[seed][:start if where == "before" else (start + end) // 2]
                add(f"cut_{where}_{edge}_{seed}", EITHER, f"ends {where} its {edge} box", build)


cut_at_edges()
for seed in ("seed.mkv", "seed.ts", "seed.avi", "pieces.mp4"):
    for percent in (2, 25, 60, 95):
        add(f"cut_{percent}_{seed}", EITHER, f"only the first {percent} %",
            lambda seeds, lure, rng, seed=seed, percent=percent:
            seeds[seed][:len(seeds[seed]) * percent // 100])


def overwritten(data, start, end, new):
    at, to = int(len(data) * start), int(len(data) * end)
    return data[:at] + new(to - at) + data[to:]


for seed in ("seed.mp4", "seed.mkv", "seed.ts", "seed.avi"):
    add(f"hole_{seed}", EITHER, "zeros in the middle", lambda seeds, lure, rng, seed=seed:
        overwritten(seeds[seed], 0.5, 0.7, lambda n: b"\0" * n))
    add(f"noise_{seed}", EITHER, "random bytes in the middle", lambda seeds, lure, rng, seed=seed:
        overwritten(seeds[seed], 0.4, 0.6, rng.randbytes))

    def sprinkled(seeds, lure, rng, seed=seed):
        data = bytearray(seeds[seed])
        for _ in range(200):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data)
    add(f"sprinkled_{seed}", EITHER, "200 random bytes anywhere", sprinkled)

# ---- lies in MP4 -------------------------------------------------------------------------------

TABLE = b"moov/trak/mdia/minf/stbl/"
BIG = b"\xff\xff\xff\xff"


def lie(name, allowed, about, path, offset, new, seed="seed.mp4"):
    add(name, allowed, about, lambda seeds, lure, rng: c.patch_box(seeds[seed], path, offset, new))


add("no_moov.mp4", REFUSED, "moov is missing",
    lambda seeds, lure, rng: c.replace_box(seeds["seed.mp4"], b"moov", b""))
add("moov_1gib.mp4", REFUSED, "moov claims 1 GiB",
    lambda seeds, lure, rng: c.box(b"ftyp", b"isom\0\0\2\0isommp41")
    + c.box(b"moov", c.box(b"free", size=(1 << 30) - 8), size=1 << 30))
add("box_size_0.mp4", EITHER, "moov of size 0, to the end of the file",
    lambda seeds, lure, rng: c.patch_box(seeds["tail.mp4"], b"moov", -8, b"\0\0\0\0"))
add("box_size_1.mp4", EITHER, "moov with a 64-bit size that overflows",
    lambda seeds, lure, rng: c.patch_box(seeds["seed.mp4"], b"moov", -8, b"\0\0\0\1"))
add("box_size_huge.mp4", REFUSED, "a first box of 2^63 bytes",
    lambda seeds, lure, rng: struct.pack(">I4sQ", 1, b"ftyp", 1 << 63) + seeds["seed.mp4"])
add("box_size_4.mp4", EITHER, "a box smaller than its header",
    lambda seeds, lure, rng: c.patch_box(seeds["seed.mp4"], b"moov/trak", -8, b"\0\0\0\4"))
add("boxes_only.mp4", REFUSED, "50,000 empty boxes",
    lambda seeds, lure, rng: c.box(b"ftyp", b"isom\0\0\2\0isom") + c.box(b"free") * 50_000)


@case("nested_10000.mp4", REFUSED, "boxes nested 10,000 deep")
def nested(seeds, lure, rng):
    depth = 10_000
    sizes = b"".join(struct.pack(">I4s", 8 * (depth - i), b"moov" if i == 0 else b"trak")
                     for i in range(depth))
    return c.box(b"ftyp", b"isom\0\0\2\0isommp41") + sizes


@case("tracks_10000.mp4", REFUSED, "10,000 tracks")
def tracks(seeds, lure, rng):
    seed = seeds["one_frame.mp4"]
    track = c.whole_box(seed, b"moov/trak")
    return c.replace_box(seed, b"moov/trak", track * 10_000)


lie("stsz_count.mp4", EITHER, "2^32 samples of size 0", TABLE + b"stsz", 8, BIG)
lie("stsz_one_size.mp4", EITHER, "2^32 samples of 1 byte", TABLE + b"stsz", 4, b"\0\0\0\1" + BIG)
lie("stsz_size.mp4", EITHER, "a sample of 4 GiB", TABLE + b"stsz", 12, BIG)
lie("stts_zero.mp4", EITHER, "all frames at one instant", TABLE + b"stts", 12, b"\0\0\0\0")
lie("stts_huge.mp4", EITHER, "a frame lasts 2^32 ticks", TABLE + b"stts", 12, BIG)
lie("stts_negative.mp4", EITHER, "durations of -1", TABLE + b"stts", 12, b"\xff\xff\xff\xfe")
lie("stts_count.mp4", EITHER, "2^32 frames in one run", TABLE + b"stts", 8, BIG)
lie("stts_entries.mp4", EITHER, "2^32 runs", TABLE + b"stts", 4, BIG)
lie("stsc_lies.mp4", EITHER, "chunk 1 holds 2^32 samples", TABLE + b"stsc", 12, BIG)
lie("stsc_entry.mp4", EITHER, "samples described by entry 77", TABLE + b"stsc", 16, b"\0\0\0\x4d")
lie("stco_outside.mp4", EITHER, "samples behind the end of the file", TABLE + b"stco", 8,
    b"\x7f" * 8)
lie("stco_entries.mp4", EITHER, "2^32 chunks", TABLE + b"stco", 4, BIG)
lie("stss_lies.mp4", EITHER, "key frames that are none", TABLE + b"stss", 8, BIG)
lie("stsd_size_0.mp4", EITHER, "a sample description of size 0", TABLE + b"stsd", -8, b"\0\0\0\0")
lie("stsd_entries.mp4", EITHER, "2^32 sample descriptions", TABLE + b"stsd", 4, BIG)
lie("codec_unknown.mp4", REFUSED, "a codec nobody knows", TABLE + b"stsd", 12, b"zzzz")
lie("codec_swapped.mp4", EITHER, "H.264 said to be HEVC", TABLE + b"stsd", 12, b"hvc1")
lie("size_65535.mp4", EITHER, "65535 x 65535 by the sample entry", TABLE + b"stsd", 40, BIG)
lie("size_0.mp4", EITHER, "0 x 0 by the sample entry", TABLE + b"stsd", 40, b"\0\0\0\0")
lie("track_size.mp4", EITHER, "display size of 2^32", b"moov/trak/tkhd", 76, BIG + BIG)
lie("matrix_zero.mp4", EITHER, "a display matrix of zeros", b"moov/trak/tkhd", 40, b"\0" * 36)
lie("matrix_noise.mp4", EITHER, "a display matrix of nonsense", b"moov/trak/tkhd", 40, b"\x7f" * 36)
lie("timescale_0.mp4", EITHER, "media time scale 0", b"moov/trak/mdia/mdhd", 12, b"\0\0\0\0")
lie("timescale_big.mp4", EITHER, "media time scale 2^32", b"moov/trak/mdia/mdhd", 12, BIG)
lie("movie_scale_0.mp4", EITHER, "movie time scale 0", b"moov/mvhd", 12, b"\0\0\0\0")
lie("duration_big.mp4", EITHER, "duration 2^32", b"moov/trak/mdia/mdhd", 16, BIG)
lie("edit_huge.mp4", EITHER, "an edit of 2^32 ticks", b"moov/trak/edts/elst", 8, BIG)
lie("edit_past.mp4", EITHER, "an edit that starts behind the end", b"moov/trak/edts/elst", 12,
    b"\x7f\xff\xff\xff")
lie("edit_entries.mp4", EITHER, "2^32 edits", b"moov/trak/edts/elst", 4, BIG)
lie("edit_negative.mp4", EITHER, "an edit at -2", b"moov/trak/edts/elst", 12, b"\xff\xff\xff\xfe")
SOUND_ENTRY = b"moov/trak#1/mdia/minf/stbl/stsd"
lie("channels_255.mov", EITHER, "255 channels", SOUND_ENTRY, 32, b"\0\xff", "seed.mov")
lie("channels_0.mov", EITHER, "no channels", SOUND_ENTRY, 32, b"\0\0", "seed.mov")
lie("sound_rate_0.mov", EITHER, "0 Hz", SOUND_ENTRY, 40, b"\0\0\0\0", "seed.mov")
lie("sound_rate_64k.mov", EITHER, "65535 Hz in 0 bits", SOUND_ENTRY, 34, b"\0\0\0\0\0\0\xff\xff",
    "seed.mov")
add("frame_rate_240000.mp4", EITHER, "a frame every microsecond", lambda seeds, lure, rng:
    c.patch_box(c.patch_box(seeds["seed.mp4"], TABLE + b"stts", 12, b"\0\0\0\1"),
                b"moov/trak/mdia/mdhd", 12, b"\0\x0f\x42\x40"))
add("gap_2h.mp4", EITHER, "one frame lasts two hours", lambda seeds, lure, rng:
    c.replace_box(seeds["tail.mp4"], TABLE + b"stts", c.full_box(b"stts", struct.pack(
        ">IIIII", 2, 49, 512, 1, 7200 * 12800))))
add("sound_only.mp4", REFUSED, "no video stream", lambda seeds, lure, rng: seeds["sound.mp4"])
add("sound_only.ts", REFUSED, "no video stream", lambda seeds, lure, rng: seeds["sound.ts"])
add("cover_only.mp4", REFUSED, "the only picture is the cover",
    lambda seeds, lure, rng: seeds["cover.mp4"])
add("one_frame.mp4", EITHER, "one frame", lambda seeds, lure, rng: seeds["one_frame.mp4"])
add("one_key_frame.mkv", EITHER, "one key frame", lambda seeds, lure, rng: seeds["still.mkv"])
add("and_zip.mp4", USABLE, "a clip that is a zip file too", lambda seeds, lure, rng:
    seeds["seed.mp4"] + b"PK\x05\x06" + b"\0" * 18)
add("and_html.mp4", USABLE, "a clip that is a web page too", lambda seeds, lure, rng:
    seeds["seed.mp4"] + c.box(b"free", b"<html><script>alert(1)</script></html>"))
add("behind_pdf.mp4", REFUSED, "a clip behind a PDF header", lambda seeds, lure, rng:
    b"%PDF-1.4\n" + seeds["seed.mp4"])
add("canary_metadata.mp4", USABLE, "control characters in its title", lambda seeds, lure, rng:
    seeds["seed.mp4"] + c.box(b"udta", c.box(b"name", b"\x1b]0;owned\x07\x1b[2J\n\0")))

# ---- lies in Matroska --------------------------------------------------------------------------

add("unknown_sizes.mkv", USABLE, "a live recording: sizes unknown",
    lambda seeds, lure, rng: seeds["live.mkv"])


def lie_mkv(name, allowed, about, identity, new, nth=0):
    add(name, allowed, about,
        lambda seeds, lure, rng: c.patch_ebml(seeds["seed.mkv"], identity, new, nth))


lie_mkv("scale_0.mkv", EITHER, "time scale 0", "2AD7B1", b"\0\0\0")
lie_mkv("scale_big.mkv", EITHER, "a tick of 16 ms", "2AD7B1", BIG[:3])
lie_mkv("duration_nan.mkv", EITHER, "a duration that is no number", "4489", b"\x7f\xf8" + b"\0" * 6)
lie_mkv("duration_huge.mkv", EITHER, "a duration of 1e300", "4489",
        b"\x7e\x37\xe4\x3c\x88\0\x75\x9c")
lie_mkv("sound_rate_nan.mkv", EITHER, "a sample rate that is no number", "B584", BIG * 2)


def scratch_mkv(name, allowed, about, *parts, **more):
    add(name, allowed, about, lambda seeds, lure, rng: c.matroska(*parts, **more))


BLOCK = c.simple_block(1, 0, b"\x30\1\0\x9d\1\x2a\xa0\0\x5a\0" + b"\0" * 60)
VP8 = c.ebml("1654AE6B", c.video_track())
scratch_mkv("tracks_10000.mkv", REFUSED, "10,000 tracks", c.info(), c.ebml(
    "1654AE6B", *[c.video_track(1 + i % 120) for i in range(10_000)]), c.cluster(0, BLOCK))
scratch_mkv("size_65535.mkv", REFUSED, "65535 x 65535", c.info(), c.ebml(
    "1654AE6B", c.video_track(1, b"V_VP8", 65535, 65535)), c.cluster(0, BLOCK))
scratch_mkv("size_2e63.mkv", EITHER, "2^63 pixels wide, by the container", c.info(), c.ebml(
    "1654AE6B", c.video_track(1, b"V_VP8", 1 << 63, 90)), c.cluster(0, BLOCK))
scratch_mkv("times_2e63.mkv", EITHER, "a cluster at 2^63", c.info(), VP8,
            c.cluster((1 << 63) - 1, BLOCK), c.cluster(1 << 63, BLOCK), c.cluster(0, BLOCK))
scratch_mkv("times_back.mkv", EITHER, "time runs backwards", c.info(), VP8,
            *[c.cluster(1000 * (50 - i), BLOCK) for i in range(50)])
scratch_mkv("times_negative.mkv", EITHER, "blocks before zero", c.info(), VP8,
            c.cluster(0, c.simple_block(1, -32768, BLOCK[15:]), BLOCK))
scratch_mkv("gap_2h.mkv", EITHER, "two hours between two frames", c.info(), VP8,
            c.cluster(0, BLOCK), c.cluster(7_200_000, BLOCK))
scratch_mkv("cluster_lies.mkv", EITHER, "a cluster claims 2^50 bytes", c.info(), VP8,
            c.cluster(0, BLOCK, size=c.ebml_size(1 << 50)), c.cluster(40, BLOCK))
scratch_mkv("no_clusters.mkv", REFUSED, "tracks, no pictures", c.info(), VP8)
scratch_mkv("no_tracks.mkv", REFUSED, "pictures, no tracks", c.info(), c.cluster(0, BLOCK))
scratch_mkv("void_1gib.mkv", REFUSED, "a void of 1 GiB", c.info(), c.ebml(
    "EC", size=c.ebml_size(1 << 30)))
scratch_mkv("lacing_lies.mkv", EITHER, "255 laced frames in 4 bytes", c.info(), VP8, c.cluster(
    0, c.simple_block(1, 0, b"\xff\xff\xff\xff", 0x86), BLOCK))
scratch_mkv("frame_rate_0.mkv", EITHER, "a frame duration of 0", c.info(), c.ebml(
    "1654AE6B", c.video_track(1, b"V_VP8", 160, 90, c.ebml_uint("23E383", 0))), c.cluster(0, BLOCK))
scratch_mkv("channels_255.mkv", EITHER, "255 channels", c.info(), c.ebml(
    "1654AE6B", c.video_track(), c.audio_track(2, 48000, 255)), c.cluster(0, BLOCK))
scratch_mkv("sound_rate_4ghz.mkv", EITHER, "4 GHz", c.info(), c.ebml(
    "1654AE6B", c.video_track(), c.audio_track(2, 4e9, 2)), c.cluster(0, BLOCK))
scratch_mkv("codec_xbin.mkv", REFUSED, "a codec that is not on the list", c.info(), c.ebml(
    "1654AE6B", c.video_track(1, b"V_MS/VFW/FOURCC", 160, 90, c.ebml(
        "63A2", c.bitmap_header(b"XBIN")))), c.cluster(0, BLOCK))
scratch_mkv("doc_type.mkv", EITHER, "EBML, but neither Matroska nor WebM", c.info(), VP8,
            c.cluster(0, BLOCK), doc_type=b"evilbook")
scratch_mkv("compression_bomb.mkv", EITHER, "a frame that unpacks to 64 MB", c.info(), c.ebml(
    "1654AE6B", c.video_track(1, b"V_VP8", 160, 90, c.ebml("6D80", c.ebml("6240", c.ebml(
        "5034", c.ebml_uint("4254", 0)))))), c.cluster(0, c.simple_block(
            1, 0, zlib.compress(b"\0" * (64 << 20), 9))))
scratch_mkv("subtitle_bomb.mkv", REFUSED, "50,000 subtitle lines, no video", c.info(), c.ebml(
    "1654AE6B", c.ebml("AE", c.ebml_uint("D7", 1), c.ebml_uint("73C5", 1), c.ebml_uint("83", 17),
                       c.ebml("86", b"S_TEXT/UTF8"))),
    *[c.cluster(i, c.simple_block(1, 0, b"x" * 20)) for i in range(50_000)])


@case("nested_tags.mkv", EITHER, "tags nested 2,000 deep")
def nested_tags(seeds, lure, rng):
    inner = b""
    for _ in range(2_000):
        inner = c.ebml("67C8", c.ebml("45A3", b"x"), inner)
    return c.matroska(c.info(), c.ebml("1254C367", c.ebml("7373", inner)), VP8, c.cluster(0, BLOCK))


add("id_length.mkv", REFUSED, "element identities of 200 bytes", lambda seeds, lure, rng:
    c.patch_after(seeds["seed.mkv"], b"\x42\xf2", 3, b"\xc8"))
add("size_all_ones.mkv", EITHER, "every second element of unknown size", lambda seeds, lure, rng:
    re.sub(b"\x1f\x43\xb6\x75\x01.......", b"\x1f\x43\xb6\x75" + c.UNKNOWN_SIZE, seeds["seed.mkv"],
           flags=re.DOTALL))

# ---- lies in MPEG-TS ---------------------------------------------------------------------------


@case("streams_10000.ts", REFUSED, "10,000 streams in 50 programs")
def many_streams(seeds, lure, rng):
    programs = [(i + 1, 0x20 + i) for i in range(50)]
    data = c.program_association(programs)
    for number, pid in programs:
        first = 0x100 + (number - 1) * 150 % 7800
        data += c.program_map(pid, number, [(0x1B, first + i & 0x1FFF) for i in range(200)])
    body = c.section_packets(0x1FFE, 0x42, 1, b"")
    for pid in range(0x100, 0x1F00, 2):
        pes = b"\0\0\1\xe0\0\0\x80\x80\5\x21\0\1\0\1\0\0\0\1\x67" + b"\0" * 165
        data += struct.pack(">BHB", 0x47, 0x4000 | pid, 0x10) + pes[:184]
    return data + body


add("size_changes.ts", EITHER, "160x90 becomes 320x180", lambda seeds, lure, rng:
    seeds["seed.ts"] + seeds["other.ts"])
add("codec_changes.ts", EITHER, "H.264 becomes MPEG-4", lambda seeds, lure, rng:
    seeds["seed.ts"] + seeds["mpeg4.ts"])
add("time_jumps.ts", EITHER, "the same two seconds three times", lambda seeds, lure, rng:
    seeds["seed.ts"] * 3)
add("shuffled.ts", EITHER, "packets in random order", lambda seeds, lure, rng: b"".join(
    rng.sample(p := [seeds["seed.ts"][i:i + 188] for i in range(0, len(seeds["seed.ts"]), 188)],
               len(p))))
add("no_tables.ts", EITHER, "no PAT, no PMT", lambda seeds, lure, rng: b"".join(
    seeds["seed.ts"][i:i + 188] for i in range(0, len(seeds["seed.ts"]), 188)
    if struct.unpack_from(">H", seeds["seed.ts"], i + 1)[0] & 0x1FFF not in (0, 0x11, 0x1000)))
add("sync_only.ts", REFUSED, "sync bytes and nothing else", lambda seeds, lure, rng:
    (b"\x47\x1f\xff\x10" + b"\xff" * 184) * 3000)
add("scrambled.ts", EITHER, "every packet says it is scrambled", lambda seeds, lure, rng: b"".join(
    seeds["seed.ts"][i:i + 3] + bytes([seeds["seed.ts"][i + 3] | 0xC0])
    + seeds["seed.ts"][i + 4:i + 188]
    for i in range(0, len(seeds["seed.ts"]), 188)))

# ---- lies in AVI -------------------------------------------------------------------------------


def lie_avi(name, allowed, about, mark, offset, new, nth=0):
    add(name, allowed, about,
        lambda seeds, lure, rng: c.patch_after(seeds["seed.avi"], mark, offset, new, nth))


lie_avi("rate_0_0.avi", EITHER, "0/0 frames a second", b"vids", 20, b"\0" * 8)
lie_avi("rate_1_0.avi", EITHER, "1/0 frames a second", b"vids", 20, b"\0\0\0\0\1\0\0\0")
lie_avi("rate_huge.avi", EITHER, "2^32 frames a second", b"vids", 20, b"\1\0\0\0" + BIG)
lie_avi("start_huge.avi", EITHER, "starts at frame 2^32", b"vids", 28, BIG)
lie_avi("length_huge.avi", EITHER, "2^32 frames", b"vids", 32, BIG)
lie_avi("streams_huge.avi", EITHER, "2^32 streams", b"avih", 32, BIG)
lie_avi("size_65535.avi", EITHER, "65535 x 65535", b"strf", 12, b"\xff\xff\0\0\xff\xff\0\0")
lie_avi("size_negative.avi", EITHER, "2^31 pixels wide, -2^31 high", b"strf", 12,
        b"\xff\xff\xff\x7f\0\0\0\x80")
lie_avi("header_huge.avi", EITHER, "a format block of 4 GiB", b"strf", 4, BIG)
lie_avi("index_lies.avi", EITHER, "index entries behind the end", b"idx1", 16, BIG * 40)
lie_avi("index_huge.avi", EITHER, "an index of 4 GiB", b"idx1", 4, BIG)
lie_avi("channels_255.avi", EITHER, "255 channels", b"strf", 10, b"\xff\0", 1)
lie_avi("channels_0.avi", EITHER, "no channels", b"strf", 10, b"\0\0", 1)
lie_avi("sound_rate_0.avi", EITHER, "0 Hz", b"auds", 20, b"\0" * 8)
lie_avi("sound_rate_4ghz.avi", EITHER, "4 GHz", b"strf", 12, BIG, 1)
lie_avi("codec_xbin.avi", REFUSED, "XBIN by FourCC", b"strf", 24, b"XBIN")
lie_avi("movie_size_0.avi", EITHER, "a movie list of size 0", b"movi", -4, b"\0\0\0\0")
add("streams_10000.avi", REFUSED, "10,000 streams", lambda seeds, lure, rng: c.avi(
    [c.avi_main_header(10_000)] + [c.avi_stream(
        b"vids", b"FMP4", 1, 25, 25, c.bitmap_header(b"FMP4"))] * 10_000,
    [c.chunk(b"00dc", b"\0\0\1\xb6")]))
add("nested_lists.avi", REFUSED, "lists nested 5,000 deep", lambda seeds, lure, rng:
    b"RIFF" + struct.pack("<I", 60_000) + b"AVI " + b"".join(
        b"LIST" + struct.pack("<I", 12 * (5_000 - i)) + b"hdrl" for i in range(5_000)))
add("frames_empty.avi", EITHER, "100,000 empty frames", lambda seeds, lure, rng: c.avi(
    [c.avi_main_header(1), c.avi_stream(b"vids", b"FMP4", 1, 25, 25, c.bitmap_header(b"FMP4"))],
    [c.chunk(b"00dc")] * 100_000))


def write_corpus(folder, lure):
    """Writes every case; returns {name: Case}. The seeds lie beside FOLDER and are kept."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    seeds = make_seeds(seeds_folder(folder.parent))
    for one in CASES:
        rng = random.Random("4711 " + one.name)
        (folder / one.name).write_bytes(one.build(seeds, lure, rng))
    return {one.name: one for one in CASES}


def main(arguments):
    if arguments == ["--list"]:
        for one in CASES:
            answer = {0: "used", 4: "refused"}
            answers = " or ".join(answer[a] for a in sorted(one.allowed))
            print(f"{one.name:<36}{answers:<18}{one.about}")
        print(f"{len(CASES)} files")
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    folder = pathlib.Path(arguments[0]).resolve()
    victim = seeds_folder(folder.parent) / "victim.mp4"
    cases = write_corpus(folder, Lure(str(victim), str(victim.with_suffix(".srt")), 9))
    size = sum((folder / name).stat().st_size for name in cases)
    print(f"{len(cases)} files, {size / 1e6:.1f} MB in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
