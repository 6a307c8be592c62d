"""What the network sees: channels on the 5-Hz grid, made from the cues of one recording.

src/engine/detect/channels.cpp makes the same numbers; tests/golden/channels holds both to it.
A channel says how rare it is in this recording that a cue is as high as it is now: -ln(share of the
recording that is higher) - 1, where equal values lie in the middle of their own. It is 0 in the
mean, about -1 for the lowest and ln(n) - 1 for the highest of n samples, whatever the game, the
volume and the unit. Where a recording changes less than is worth noticing the channel shrinks with
the spread, to 0 when nothing changes. What was not measured is 0, as the usual is.
"""
import numpy as np

BAND_FLOOR = 1e-4  # -80 dBFS: a band usually quieter than this has no level of its own
BANDS = 8
WIDTH = 10  # channels a group; groups with fewer are filled up with zeros
SILENCE_LUFS = -70  # what the analyser reports for silence, the gate of EBU R 128

# group: (kind of highlight in which it stands out, channels). "burst", "full" and "amplitude" are
# computed from several cues; the rest are cues by name.
GROUPS = {
    "attack": ("burst", ["burst", "audio.flux_db@1", "audio.onset_per_s@1", "audio.impulse_db@1",
                         "audio.crest_db@1"]),
    "level": ("loud", ["amplitude", "full"] + [f"audio.band{b}_dbfs@1" for b in range(BANDS)]),
    "tone": ("tone", ["audio.centroid_octaves@1", "audio.tilt_db@1", "audio.flatness_db@1",
                      "audio.voiced_share@1", "audio.pitch_octaves@1",
                      "audio.pitch_spread_octaves@1", "audio.side_db@1"]),
    "rarity": ("rare", ["audio.rarity_db@1", "audio.rarity_shape_db@1"]),
    "stream": ("motion", ["packet.size_log2bytes@1", "packet.size_over_median_octaves@1",
                          "packet.spike_octaves@1", "packet.key_jump_octaves@1",
                          "packet.key_early_share@1"]),
    "picture": ("change", ["picture.luma_change_level@1", "picture.chroma_change_level@1",
                           "picture.flash_share@1", "picture.red_share@1", "picture.edge_level@1",
                           "picture.centre_change_level@1", "picture.hud_change_share@1",
                           "picture.cut_share@1"]),
}
# The least spread worth noticing, in the unit of the curve; 5 % of the usual level, a tenth of it,
# -60 LUFS. One step or decibel, a twentieth of an octave and a hundredth of a share for the rest.
LEAST = {"burst": 0.05, "full": 0.1, "amplitude": 1e-3}
LEAST_BY_UNIT = {"level": 1.0, "db": 1.0, "dbfs": 1.0, "octaves": 0.05, "log2bytes": 0.05,
                 "share": 0.01, "s": 0.1}


def least_spread(name):
    return LEAST.get(name) or LEAST_BY_UNIT[name.partition("@")[0].rpartition("_")[2]]


def median(x):
    """The lower one of the two middle values, as in C++."""
    return np.quantile(x, 0.5, method="lower")


def heard(cues):
    """Digital silence says nothing about a recording: its sound counts as missing."""
    lufs = cues["audio.loudness_lufs@1"]
    if (lufs > SILENCE_LUFS).any():
        return cues
    return {name: x * np.nan if name.startswith("audio.") else x for name, x in cues.items()}


def over_bands(cues, rise):
    """Mean over the present bands of the amplitude, or of its rise, above what is usual there."""
    total = count = 0
    for b in range(BANDS):
        a = 10 ** (cues[f"audio.band{b}_dbfs@1"] / 20)
        present = np.isfinite(a)
        usual = (median(a[present]) if present.any() else 0) + BAND_FLOOR
        # The first sample, and the first after a gap, rise from nothing known.
        x = np.maximum(0, np.nan_to_num(np.diff(a, prepend=np.nan))) if rise else a
        total = total + np.where(present, x / usual, 0)
        count = count + present
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def raw(cues, name):
    """The curve before it is compared with itself."""
    if name in ("burst", "full"):
        return over_bands(cues, rise=name == "burst")
    if name == "amplitude":
        return 10 ** (cues["audio.loudness_lufs@1"] / 20)
    return cues[name]


def rarity(known):
    """How rare each value is among all of them, see above; `known` holds no NaN."""
    values, inverse, count = np.unique(known, return_inverse=True, return_counts=True)
    below = np.cumsum(count) - count / 2
    n = len(known)
    return (-np.log(1 - below / n + 0.5 / n) - 1)[inverse]


def channel(cues, name):
    x = raw(cues, name)
    present = np.isfinite(x)
    out = np.zeros(len(x))
    if not present.any():
        return out
    known = x[present]
    away = np.abs(known - median(known))
    spread = max(1.4826 * median(away), 0.3 * np.sqrt(np.mean(away ** 2)))
    out[present] = rarity(known) * min(1, spread / least_spread(name))
    return out


def channels(cues):
    """(6 groups * WIDTH, samples) float32, in the order of GROUPS."""
    cues = heard(cues)
    samples = len(next(iter(cues.values())))
    out = np.zeros((len(GROUPS) * WIDTH, samples), np.float32)
    for g, (_, names) in enumerate(GROUPS.values()):
        for c, name in enumerate(names):
            out[g * WIDTH + c] = channel(cues, name)
    return out
