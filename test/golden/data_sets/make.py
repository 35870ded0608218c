"""Makes the golden data sets of this folder: bytes by pydicom and DCMTK, what is in them by pydicom.

Usage: python3 make.py DUMPS CHARSETS
  DUMPS     DCMTK's examples: wlistdb/OFFIS/*.dump (Debian: /usr/share/doc/dcmtk/examples/wlistdb/OFFIS)
  CHARSETS  pydicom's data/charset_files
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
pydicom.config.replace_un_with_known_vr = False  # it would know private ones, too

BOTH_SIDES = {"AE", "CS", "DS", "IS"}
ONE_VALUE = {"LT", "ST", "UT", "UR"}
BYTES = {"OB", "OD", "OF", "OL", "OV", "OW", "UN"}


def texts(element, values):
    """Strings without padding, as PS3.5 section 6.2 says."""
    strip = (lambda s: s.strip(" \0")) if element.VR in BOTH_SIDES else (lambda s: s.rstrip(" \0"))
    return [strip(str(v)) for v in values]


def plain(dataset):
    """What a data set holds, as [tag, VR, values]; bytes as hexadecimal digits."""
    rows = []
    for element in dataset:
        vr, value = element.VR, element.value
        tag = f"{int(element.tag):08X}"
        vr = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW"}.get(vr, vr)
        if vr == "SQ":
            rows.append([tag, vr, [plain(item) for item in value]])
        elif isinstance(value, bytes):
            rows.append([tag, vr, value.hex()])
        elif value is None or value == "":
            rows.append([tag, vr, "" if vr in BYTES else []])
        else:
            many = vr not in ONE_VALUE and element.VM > 1
            values = list(value) if many else [value]
            if vr == "AT":
                rows.append([tag, vr, [int(v) for v in values]])
            elif vr in ("SV", "UV"):
                rows.append([tag, vr, [str(v) for v in values]])
            elif vr in ("FD", "FL", "SL", "SS", "UL", "US"):
                rows.append([tag, vr, values])
            else:
                rows.append([tag, vr, texts(element, values)])
    return rows


def write(file, dataset):
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    dataset.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.31")
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3.4")
    dataset.save_as(file, enforce_file_format=True)


def convert(name):
    """The same data set in the other transfer syntaxes, and with sequences of undefined length."""
    for suffix, option in (("implicit", "+ti"), ("big", "+tb"), ("deflated", "+td"), ("delimited", "-e")):
        command = ["dcmconv", "-q", option, f"{name}_explicit.dcm", f"{name}_{suffix}.dcm"]
        subprocess.run(command, check=True)


def note(name, file):
    rows = plain(pydicom.dcmread(file))
    Path(f"{name}.json").write_text(json.dumps(rows, ensure_ascii=False, indent=None) + "\n")


def dataset_of(*elements):
    dataset = Dataset()
    for tag, vr, value in elements:
        dataset.add(DataElement(tag, vr, value))
    return dataset


def every_vr():
    code = dataset_of((0x00080100, "SH", "C1"), (0x00080104, "LO", "Größe"))
    step = dataset_of(
        (0x00080060, "CS", "CT"),
        (0x00400001, "AE", ["CT1", "CT2"]),
        (0x00400002, "DA", "20261121"),
        (0x00400008, "SQ", Sequence([code, Dataset()])),
    )
    own = dataset_of((0x00080005, "CS", "ISO_IR 144"), (0x00104000, "LT", "Люкceмбypг"))
    return dataset_of(
        (0x00080005, "CS", "ISO_IR 100"),
        (0x00080018, "UI", "1.2.3"),
        (0x0008001A, "UI", ["1.2.3", "1.2.3.4"]),
        (0x00080054, "AE", "A B"),
        (0x00080120, "UR", "http://example.org/a?b=1"),
        (0x0008002A, "DT", "20261121101530.123456+0100"),
        (0x00080030, "TM", "101530.25"),
        (0x00080061, "CS", ["CT", "", "MR"]),
        (0x00081030, "LO", "  two before, kept"),
        (0x00100010, "PN", "Müller^Jörg"),
        (0x00100030, "DA", ""),
        (0x00101010, "AS", "042Y"),
        (0x00101020, "DS", ["1.50", "-2E3"]),
        (0x00102160, "SH", "x"),
        (0x00104000, "LT", "a\\b\r\n c"),
        (0x00120063, "LO", ["one", "two"]),
        (0x00186020, "SL", [-2147483648, 2147483647]),
        (0x00189020, "CS", "NO"),
        (0x00189803, "SQ", Sequence([])),
        (0x00189461, "FL", [0.5, -1.25]),
        (0x00189073, "FD", 3.141592653589793),
        (0x00200013, "IS", ["+1", "-20"]),
        (0x00209165, "AT", [0x00100010, 0x7FE00010]),
        (0x00280010, "US", 512),
        (0x0072007E, "SS", -32768),
        (0x00281101, "US", [65535, 0, 8]),
        (0x00289001, "UL", 4294967295),
        (0x0040A160, "UT", "long\\text"),
        (0x00400100, "SQ", Sequence([step, own])),
        (0x00720075, "OL", bytes(range(8))),
        (0x00420011, "OB", bytes(range(6))),
        (0x00660016, "OF", bytes(range(8))),
        (0x00660022, "OD", bytes(range(16))),
        (0x00720065, "OB", b""),
        (0x00720081, "OV", bytes(range(16))),
        (0x00720082, "SV", [-9223372036854775808, 9223372036854775807]),
        (0x00720083, "UV", 18446744073709551615),
        (0x0072006F, "UC", ["a long one", "another"]),
        (0x7FE00010, "OW", bytes(range(10))),
    )


def main(dumps, charsets):
    write("every_vr_explicit.dcm", every_vr())
    note("every_vr", "every_vr_explicit.dcm")
    convert("every_vr")

    for dump in sorted(Path(dumps).glob("*.dump")):
        explicit = f"{dump.stem}_explicit.dcm"
        subprocess.run(["dump2dcm", "-q", str(dump), explicit], check=True)
        note(dump.stem, explicit)
    convert("wklist1")

    for file in sorted(Path(charsets).glob("*.dcm")):
        explicit = f"{file.stem}_explicit.dcm"
        shutil.copy(file, explicit)
        # only a picture of the name, and as large as all the rest
        subprocess.run(["dcmodify", "-q", "-nb", "-imt", "-ea", "(7fe0,0010)", explicit], check=True)
        note(file.stem, explicit)


main(*sys.argv[1:])
