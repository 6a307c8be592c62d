"""Small writers and patchers for MP4, Matroska, MPEG-TS and AVI, for files that lie.

Sources: ISO/IEC 14496-12 (boxes), RFC 8794 and RFC 9559 (EBML, Matroska), ISO/IEC 13818-1 (TS),
Microsoft's AVI RIFF reference.
"""
import struct

# ---- MP4 ---------------------------------------------------------------------------------------


def box(name, *payload, size=None):
    data = b"".join(payload)
    return struct.pack(">I", 8 + len(data) if size is None else size) + name + data


def full_box(name, *payload, version=0, flags=0):
    return box(name, struct.pack(">I", version << 24 | flags), *payload)


def boxes(data, start=0, end=None):
    """Yields (name, start, payload start, end) of the boxes of one level."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        if size < head:
            return
        yield name, start, start + head, min(start + size, end)
        start += size


def find_box(data, path):
    """(start, payload start, end) of the first box at a path such as b"moov/trak/mdia"."""
    start, end = 0, len(data)
    for step in path.split(b"/"):
        name, _, number = step.partition(b"#")
        matching = [b for b in boxes(data, start, end) if b[0] == name]
        found = matching[int(number or 0)]
        start, end = found[2], found[3]
    return found[1], found[2], found[3]


def patch_box(data, path, offset, new):
    """Overwrites bytes of a box's payload; `offset` counts from the payload's start."""
    at = find_box(data, path)[1] + offset
    return data[:at] + new + data[at + len(new):]


def replace_box(data, path, new):
    """Puts `new` in the place of a box and corrects the sizes of the boxes around it."""
    start, _, end = find_box(data, path)
    result = data[:start] + new + data[end:]
    parts = path.split(b"/")[:-1]
    for depth in range(1, len(parts) + 1):
        at, _, old_end = find_box(data, b"/".join(parts[:depth]))
        size = old_end - at + len(new) - (end - start)
        result = result[:at] + struct.pack(">I", size) + result[at + 4:]
    return result


def whole_box(data, path):
    start, _, end = find_box(data, path)
    return data[start:end]


# ---- Matroska ----------------------------------------------------------------------------------

UNKNOWN_SIZE = b"\x01" + b"\xff" * 7


def ebml_size(n, length=8):
    return (n | 1 << 7 * length).to_bytes(length, "big")


def ebml(identity, *payload, size=None):
    data = b"".join(payload)
    length = 8 if len(data) >= 127 else 1
    return bytes.fromhex(identity) + (ebml_size(len(data), length) if size is None else size) + data


def ebml_uint(identity, value, length=None):
    return ebml(identity, value.to_bytes(length or max(1, (value.bit_length() + 7) // 8), "big"))


def ebml_float(identity, value):
    return ebml(identity, struct.pack(">d", value))


def ebml_header(doc_type=b"matroska"):
    return ebml("1A45DFA3", ebml_uint("4286", 1), ebml_uint("42F7", 1), ebml_uint("42F2", 4),
                ebml_uint("42F3", 8), ebml("4282", doc_type), ebml_uint("4287", 4),
                ebml_uint("4285", 2))


def video_track(number=1, codec=b"V_VP8", width=160, height=90, *more):
    return ebml("AE", ebml_uint("D7", number), ebml_uint("73C5", number), ebml_uint("83", 1),
                ebml("86", codec), ebml("E0", ebml_uint("B0", width), ebml_uint("BA", height)),
                *more)


def audio_track(number, rate_hz, channels, codec=b"A_PCM/INT/LIT"):
    return ebml("AE", ebml_uint("D7", number), ebml_uint("73C5", number), ebml_uint("83", 2),
                ebml("86", codec), ebml("E1", ebml_float("B5", rate_hz),
                                        ebml_uint("9F", channels), ebml_uint("6264", 16)))


def info(scale=1_000_000, *more):
    return ebml("1549A966", ebml_uint("2AD7B1", scale), ebml("4D80", b"x"), ebml("5741", b"x"),
                *more)


def cluster(time, *blocks, size=None):
    return ebml("1F43B675", ebml_uint("E7", time, 8), *blocks, size=size)


def simple_block(track, relative, data, flags=0x80):
    return ebml("A3", bytes([0x80 | track]), struct.pack(">h", relative), bytes([flags]), data)


def matroska(*parts, size=UNKNOWN_SIZE, doc_type=b"matroska"):
    return ebml_header(doc_type) + ebml("18538067", *parts, size=size)


def find_ebml(data, identity, nth=0):
    """(start, payload start) of the nth place where an element's identity bytes stand."""
    mark, at = bytes.fromhex(identity), -1
    for _ in range(nth + 1):
        at = data.index(mark, at + 1)
    first = data[at + len(mark)]
    return at, at + len(mark) + 9 - first.bit_length()


def patch_ebml(data, identity, new, nth=0):
    """Overwrites the start of an element's payload."""
    _, at = find_ebml(data, identity, nth)
    return data[:at] + new + data[at + len(new):]


# ---- MPEG-TS -----------------------------------------------------------------------------------


def crc32_mpeg(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def section_packets(pid, table, extension, body):
    """One PSI section as TS packets."""
    head = struct.pack(">BHHBBB", table, 0xB000 | len(body) + 9, extension, 0xC1, 0, 0)
    section = head + body
    data = b"\0" + section + struct.pack(">I", crc32_mpeg(section))
    packets = b""
    for i, at in enumerate(range(0, len(data), 184)):
        flags = 0x4000 if i == 0 else 0
        packets += struct.pack(">BHB", 0x47, flags | pid, 0x10 | i & 15)
        packets += data[at:at + 184].ljust(184, b"\xff")
    return packets


def program_association(programs):
    return section_packets(0, 0, 1, b"".join(
        struct.pack(">HH", number, 0xE000 | pid) for number, pid in programs))


def program_map(pid, number, streams):
    body = struct.pack(">HH", 0xE000 | streams[0][1], 0xF000)
    body += b"".join(struct.pack(">BHH", kind, 0xE000 | p, 0xF000) for kind, p in streams)
    return section_packets(pid, 2, number, body)


# ---- AVI ---------------------------------------------------------------------------------------


def chunk(name, *payload, size=None):
    data = b"".join(payload)
    head = name + struct.pack("<I", len(data) if size is None else size)
    return head + data + b"\0" * (len(data) % 2)


def riff_list(kind, *parts, name=b"LIST", size=None):
    return chunk(name, kind, *parts, size=size)


def avi_main_header(streams, width=160, height=90, frames=25, us_per_frame=40000):
    return chunk(b"avih", struct.pack("<14I", us_per_frame, 0, 0, 0x10, frames, 0, streams,
                                      0, width, height, 0, 0, 0, 0))


def avi_stream(kind, handler, scale, rate, length, form, sample_size=0):
    return riff_list(b"strl", chunk(b"strh", kind, handler, struct.pack(
        "<IHHIIIIIIiI4h", 0, 0, 0, 0, scale, rate, 0, length, 0, -1, sample_size, 0, 0, 160, 90)),
        chunk(b"strf", form))


def bitmap_header(codec, width=160, height=90, bits=24, size=40):
    return struct.pack("<IiiHH4sIiiII", size, width, height, 1, bits, codec,
                       abs(width * height * 3) & 0xFFFFFFFF, 0, 0, 0, 0)


def wave_header(tag=1, channels=2, rate_hz=48000, bits=16):
    align = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * align & 0xFFFFFFFF, align, bits)


def avi(header, movie, index=b"", size=None):
    return riff_list(b"AVI ", riff_list(b"hdrl", *header), riff_list(b"movi", *movie), index,
                     name=b"RIFF", size=size)


def patch_after(data, mark, offset, new, nth=0):
    """Overwrites bytes `offset` after the start of the nth place where `mark` stands."""
    at = -1
    for _ in range(nth + 1):
        at = data.index(mark, at + 1)
    return data[:at + offset] + new + data[at + offset + len(new):]
