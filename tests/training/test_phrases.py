import pytest

from detector.errors import InputError
from detector.training.phrases import Inventory
from tests.conftest import LABELLED


def test_inventories_are_checked(tmp_path):
    for name in ("agencies", "names", "topics"):
        (tmp_path / f"{name}.txt").write_text("x\n")
    with pytest.raises(InputError, match=r"no en\.tsv"):
        Inventory(tmp_path)
    for line in ("share\tany", "advert\tany\ttext", "share\tmiddle\ttext", "share\tany\t ", ""):
        (tmp_path / "en.tsv").write_text(f"share\tany\tShare this\n{line}\nshare\tany\tx\n")
        with pytest.raises(InputError, match=r"en\.tsv:2: expected kind, position and text"):
            Inventory(tmp_path)


def test_the_shipped_inventory_has_noise_for_every_place_and_language():
    for lang, phrases in Inventory(LABELLED.parent / "phrases").phrases.items():
        positions = {phrase.position for phrase in phrases}
        assert {"any", "tail"} <= positions or {"head", "tail", "body"} <= positions, lang
        assert not any("\t" in phrase.text or phrase.text != phrase.text.strip("\r\n") for phrase in phrases), lang
