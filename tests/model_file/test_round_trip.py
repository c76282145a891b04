"""What is saved and loaded again."""

import json
from dataclasses import replace

import numpy as np
import pytest

from detector import model_file
from detector.cleaner import Cleaner
from detector.errors import ModelError, OutputError
from tests.model_file.conftest import TEXT, alter, members, same


def test_a_model_predicts_the_same_to_the_last_bit_after_a_round_trip(path, expected, nasty_pages, tiny_model):
    loaded = model_file.load(path)
    assert same(loaded.model.predict([TEXT]), expected)
    assert same(loaded.model.predict(nasty_pages), tiny_model.predict(nasty_pages))
    assert loaded.manifest["info"] == {"purpose": "tests"}
    assert loaded.model.threshold == tiny_model.threshold


def test_the_same_model_gives_the_same_bytes_and_so_does_its_copy(path, tmp_path, tiny_model):
    model_file.save(tmp_path / "b", tiny_model, {"purpose": "tests"})
    model_file.save(tmp_path / "c", model_file.load(path).model, {"purpose": "tests"})
    assert path.read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


def test_altering_our_own_copy_changes_nothing_unless_it_should(path, expected):
    """The helper of the tests below gives a file that loads, so it is what they change that is refused."""
    alter(path)
    assert same(model_file.load(path).model.predict([TEXT]), expected)


def test_a_model_that_reads_html_predicts_the_same_after_a_round_trip(both, html_model, html_pages, tmp_path):
    loaded = model_file.load(both).model
    texts, structures = [page.text for page in html_pages], [page.structure for page in html_pages]
    assert same(loaded.predict(texts, structures), html_model.predict(texts, structures))
    assert same(loaded.predict(texts), html_model.predict(texts))
    assert not same(loaded.predict(texts), loaded.predict(texts, structures))
    model_file.save(tmp_path / "again", loaded, {"purpose": "tests"})
    assert (tmp_path / "again").read_bytes() == both.read_bytes()


def test_a_model_of_text_has_no_arrays_for_html(path, both):
    text, html = (json.loads(members(name)["manifest.json"]) for name in (path, both))
    assert list(text["stages"]) == ["text"]
    assert list(html["stages"]) == ["text", "html"]
    more = set(html["arrays"]) - set(text["arrays"])
    assert {"structure_weights", "structure_scale_bias", "html.mean", "html.network0.0.weights"} <= more
    assert all(name.startswith(("html.", "structure_")) for name in more)
    assert set(text["arrays"]) < set(html["arrays"])
    assert model_file.load(path).model.html is None


def test_a_model_that_cannot_be_saved_leaves_the_old_one(path, tiny_model, tmp_path):
    before = path.read_bytes()
    with pytest.raises(TypeError):
        model_file.save(path, tiny_model, {"figures": object()})
    with pytest.raises((TypeError, ValueError)):
        model_file.save(path, replace(tiny_model, rarity=np.array([object()])))
    assert path.read_bytes() == before
    with pytest.raises(OutputError, match="no-such-folder"):
        model_file.save(tmp_path / "no-such-folder" / "m", tiny_model)


def test_cleaner_load_reads_the_file_it_is_given(path):
    assert Cleaner.load(path).clean(TEXT).lines == Cleaner.load(str(path)).clean(TEXT).lines
    path.write_bytes(b"")
    with pytest.raises(ModelError, match=r"my model\.detector"):
        Cleaner.load(path)
