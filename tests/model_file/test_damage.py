"""Files that are cut off, altered, or something else."""

import zipfile

import numpy as np

from detector import model_file
from detector.errors import ModelError
from tests.model_file.conftest import TEXT, refused, same, write


def test_a_file_that_is_missing_a_folder_or_something_else_is_refused(path, tmp_path):
    refused(tmp_path / "none.detector", "no such model file")
    refused(tmp_path, "cannot be read")
    for content in (b"", b"\x00" * 100, b"PK\x05\x06" + b"\x00" * 18, b"%PDF-1.7", b"{}"):
        path.write_bytes(content)
        refused(path)
    write(path, {"readme.txt": b"hello"})
    refused(path, "no manifest.json")


def test_a_truncated_file_is_refused_wherever_it_ends(path):
    data = path.read_bytes()
    for size in [*range(0, len(data), len(data) // 20), len(data) - 1, len(data) - 22, len(data) - 23]:
        path.write_bytes(data[:size])
        refused(path)


def test_one_altered_byte_is_refused_or_does_no_harm(path, expected):
    """Contents are under checksums; of the zip's own fields some, such as dates, mean nothing."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        inside = [
            info.header_offset + 30 + len(info.filename) + int(info.compress_size * share)
            for info in archive.infolist()
            for share in (0, 0.3, 0.7, 0.999)
        ]
        large = max(archive.infolist(), key=lambda info: info.compress_size)
        fields = np.arange(archive.start_dir, len(data))
    rng = np.random.default_rng(0)
    harmless = 0
    positions = [*inside, *rng.choice(fields, 60, replace=False)]
    for position in positions:
        altered = bytearray(data)
        altered[position] ^= int(rng.integers(1, 256))
        path.write_bytes(altered)
        try:
            model = model_file.load(path).model
        except ModelError:
            refused(path)
        else:
            harmless += 1
            assert same(model.predict([TEXT]), expected)
    assert harmless < len(positions) / 4
    altered = bytearray(data)
    altered[large.header_offset + 200] ^= 1
    path.write_bytes(altered)
    refused(path, large.filename.removesuffix(".npy"))
