"""Makes the golden texts of this folder: DICOM JSON by pydicom, dumps by DCMTK.

Usage: python3 make.py, here, after ../data_sets was made.
"""

import json
import subprocess
from pathlib import Path

import pydicom

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
pydicom.config.replace_un_with_known_vr = False

SOURCES = Path("../data_sets")
NAMES = ["every_vr", "wklist1", "wklist2", "chrFrenMulti", "chrGreek", "chrH31", "chrH32", "chrI2", "chrJapMulti",
         "chrSQEncoding", "chrSQEncoding1", "chrX1", "chrX2"]
DUMPS = ["every_vr_explicit", "every_vr_delimited", "every_vr_implicit", "every_vr_big", "wklist1_explicit",
         "wklist1_implicit", "wklist2_explicit", "chrFrenMulti_explicit"]


def safe(model):
    """64-bit integers as text: JSON's readers have none."""
    for attribute in model.values():
        values = attribute.get("Value", [])
        if attribute["vr"] in ("SV", "UV"):
            attribute["Value"] = [str(value) for value in values]
        elif attribute["vr"] == "SQ":
            attribute["Value"] = [safe(item) for item in values]
    return model


for name in NAMES:
    model = safe(pydicom.dcmread(SOURCES / f"{name}_explicit.dcm").to_json_dict())
    lines = [f'"{tag}":{json.dumps(attribute, ensure_ascii=False)}' for tag, attribute in sorted(model.items())]
    Path(f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")

for name in DUMPS:
    command = ["dcmdump", "-q", "+L", str(SOURCES / f"{name}.dcm")]
    dump = subprocess.run(command, check=True, capture_output=True).stdout.decode("latin-1")
    data_set = dump.partition("# Dicom-Data-Set\n")[2].partition("\n")[2]
    Path(f"{name}.dump").write_text(data_set, newline="")
