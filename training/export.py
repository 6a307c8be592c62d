"""Writes a network as the two files that `--detector model` reads (src/engine/detect/model.hpp)."""
import hashlib
import io
import json

import torch

from channels import GROUPS, WIDTH
from fit import units


def export(net, known, path, name, least, least_fall, notes):
    """path: of the manifest, NAME.json; the network is written beside it as NAME.onnx. `known`: the
    recordings it was trained on; `notes`: {x_key: value} of the manifest."""
    buffer = io.BytesIO()
    torch.onnx.export(net, torch.zeros(1, len(GROUPS) * WIDTH, 1, 512), buffer,
                      input_names=["channels"], output_names=["parts"], opset_version=11,
                      dynamic_axes={"channels": {3: "time"}, "parts": {3: "time"}})
    data = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".onnx").write_bytes(data)
    unit = units(net, known)
    manifest = {
        "schema": "aiditor.detector_model/1", "name": name, "file": path.stem + ".onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "groups": [{"group": group, "kind": kind, "unit": round(unit[group], 4),
                    "channels": channels} for group, (kind, channels) in GROUPS.items()],
        "width": WIDTH, "least": round(least, 3), "least_fall": round(least_fall, 3), **notes}
    path.write_text(json.dumps(manifest, indent=1) + "\n")
