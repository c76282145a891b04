import json
import zipfile

import numpy as np
import pytest

from detector.errors import ModelError
from detector.quality.file import load_quality, save_quality
from detector.quality.paths import default_quality_path
from detector.quality.score import Scorer


@pytest.fixture(scope="module")
def path(quality_model, tmp_path_factory):
    path = tmp_path_factory.mktemp("quality") / "tiny.quality"
    save_quality(path, quality_model, {"purpose": "tests"})
    return path


def altered(path, target, change):
    """A copy with another manifest."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                manifest = json.loads(data)
                change(manifest)
                data = json.dumps(manifest).encode()
            new.writestr(name, data)
    return target


def test_a_model_comes_back_as_it_was(path, quality_model, verdicts):
    loaded = load_quality(path)
    pages = [clean for _, clean in verdicts[:20]]
    assert Scorer(loaded.model).score_batch(pages) == Scorer(quality_model).score_batch(pages)
    assert loaded.manifest["info"] == {"purpose": "tests"}
    assert np.array_equal(loaded.model.reference, quality_model.reference)


def test_the_same_model_gives_the_same_bytes(path, tmp_path):
    save_quality(tmp_path / "again", load_quality(path).model, {"purpose": "tests"})
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_the_model_that_ships_is_small():
    assert default_quality_path().stat().st_size < 5e6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda manifest: manifest.update(format="detector-model"), "not a quality model"),
        (lambda manifest: manifest.update(format_version=99), "another version"),
        (lambda manifest: manifest.update(schema="0"), "another version"),
        (lambda manifest: manifest["arrays"].pop("tables"), "incomplete or altered"),
        (lambda manifest: manifest["arrays"].pop("share.weights"), "incomplete or altered"),
        (lambda manifest: manifest.update(arrays=None), "lists no arrays"),
    ],
)
def test_what_is_no_model_is_refused(path, tmp_path, change, reason):
    with pytest.raises(ModelError, match=reason):
        load_quality(altered(path, tmp_path / "altered.quality", change))


def test_a_line_model_is_no_quality_model(tiny_path, tmp_path):
    with pytest.raises(ModelError, match="not a quality model"):
        load_quality(tiny_path)
    with pytest.raises(ModelError, match="no such model file"):
        load_quality(tmp_path / "none")
