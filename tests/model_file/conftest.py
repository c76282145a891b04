"""A model file to alter, and what every refusal must be."""

import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from detector import model_file
from detector.errors import ModelError

TEXT = "[ad_1]\nThe ferry sank at dawn, the coast guard said.\nRead more: Boats\n首页 > 新闻\n© 2024 Example"


@pytest.fixture
def path(tiny_path, tmp_path):
    return Path(shutil.copy(tiny_path, tmp_path / "my model.detector"))


@pytest.fixture
def both(html_path, tmp_path):
    """A model that reads text and HTML."""
    return Path(shutil.copy(html_path, tmp_path / "both.detector"))


@pytest.fixture(scope="module")
def expected(tiny_model):
    return tiny_model.predict([TEXT])


def refused(path, reason=""):
    """The model error that a file gives, checked for what every such message must have."""
    with pytest.raises(ModelError) as caught:
        model_file.load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert reason in message
    return message


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def write(path, content, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def alter(path, *, manifest=None, array=None, data=None, describe=True):
    """Write the model anew with another manifest, or with other bytes for an array and a manifest to match."""
    content = members(path)
    record = json.loads(content["manifest.json"])
    if array is not None:
        if isinstance(data, np.ndarray):
            record["arrays"][array] |= {"shape": data.shape, "dtype": data.dtype.str} if describe else {}
            data = npy(data)
        content[f"{array}.npy"] = data
        record["arrays"][array]["sha256"] = hashlib.sha256(data).hexdigest()
    if manifest is not None:
        manifest(record)
    content["manifest.json"] = json.dumps(record).encode()
    write(path, content)


def same(verdicts, expected):
    return all(
        np.array_equal(getattr(verdicts, name), getattr(expected, name))
        for name in ("p_line", "p_noise", "kind", "n_words", "page_type")
    )
