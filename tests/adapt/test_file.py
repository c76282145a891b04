import json

import numpy as np
import pytest

from detector.adapt.file import load_profiles, merge_profiles, save_profiles
from detector.adapt.site import adapt_site
from detector.cleaner import Cleaner
from detector.errors import ModelError
from detector.model_file import fingerprint, load
from detector.training.crossval import as_pages


@pytest.fixture(scope="module")
def profile(tiny_path, site_pages):
    model, manifest = load(tiny_path)
    return adapt_site("courier.example", site_pages[:4], Cleaner(model), fingerprint(manifest)).profile


@pytest.fixture
def path(profile, tmp_path):
    path = tmp_path / "own.profiles"
    save_profiles(path, {"courier.example": profile, "a\udcff\n": profile})
    return path


def test_a_profile_survives_the_file(path, profile, tiny_path, tiny_model, site_pages):
    assert set(load_profiles(path)) == {"courier.example", "a\udcff\n"}
    again = Cleaner.load(tiny_path, profiles=path)
    now = Cleaner(tiny_model, profiles={"courier.example": load_profiles(path)["courier.example"]})
    for a, b in zip(again.clean_many(as_pages(site_pages)), now.clean_many(as_pages(site_pages)), strict=True):
        assert np.array_equal(a.scores.p_noise, b.scores.p_noise)
        assert a.threshold == b.threshold
    save_profiles(path.with_name("again"), load_profiles(path))
    assert path.with_name("again").read_bytes() == path.read_bytes()


def test_another_model_is_refused(path, html_path):
    with pytest.raises(ModelError, match=r"own\.profiles: the profile of .* was made for model .*; name that model"):
        Cleaner.load(html_path, profiles=path)


def test_what_is_said_of_a_model_does_not_change_its_fingerprint(tiny_model, html_model, tmp_path):
    from detector.model_file import save

    for name, model, info in (("a", tiny_model, {"x": 1}), ("b", tiny_model, {"x": 2}), ("c", html_model, {})):
        save(tmp_path / name, model, info)
    a, b, c = (fingerprint(load(tmp_path / name).manifest) for name in "abc")
    assert a == b != c


def test_merging_in_any_order_gives_the_same_file(profile, tmp_path):
    one, two, three = {"a.org": profile}, {"b.org": profile}, {"a.org": profile, "c.org": profile}
    parts = [("1", one), ("2", two), ("3", three)]
    save_profiles(tmp_path / "x", merge_profiles(parts))
    save_profiles(tmp_path / "y", merge_profiles([("12", merge_profiles(parts[2:0:-1])), ("1", one)]))
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()


def test_two_profiles_of_one_site_cannot_be_merged(profile, tiny_model, site_pages):
    other = adapt_site("a.org", site_pages[:3], Cleaner(tiny_model), "base").profile
    with pytest.raises(ModelError, match=r"2: has another profile of 'a\.org' than 1"):
        merge_profiles([("1", {"a.org": profile}), ("2", {"a.org": other})])


@pytest.mark.parametrize(
    "change",
    [
        lambda site: site.pop("weights"),
        lambda site: site["weights"].update(line=float("nan")),
        lambda site: site["weights"].update(line=1e300),
        lambda site: site["weights"].update(other=1),
        lambda site: site["weights"].update(line="x"),
        lambda site: site.update(threshold=2),
        lambda site: site.update(base=None),
        lambda site: site.update(info=[]),
        lambda site: site["lines"].reverse(),
        lambda site: site["lines"][0].__setitem__(0, "f" * 17),
        lambda site: site["lines"][0].__setitem__(0, "-1"),
        lambda site: site["lines"][0].__setitem__(1, -1),
        lambda site: site["lines"][0].__setitem__(1, float("inf")),
        lambda site: site["lines"][0].__setitem__(3, "no kind"),
        lambda site: site["lines"][0].__setitem__(4, 7),
        lambda site: site["lines"].__setitem__(0, []),
        lambda site: site["marks"].pop("after"),
        lambda site: site.update(marks=3),
        lambda site: site.pop("elements"),
        lambda site: site["elements"].update(path=[["a", 1e9]]),
        lambda site: site["elements"].update(path=[["b", 1], ["a", 1]]),
    ],
)
def test_an_altered_profile_is_refused_with_its_site(path, change):
    record = json.loads(path.read_text())
    change(record["sites"]["courier.example"])
    path.write_text(json.dumps(record))
    with pytest.raises(ModelError, match=r"own\.profiles: the profile of 'courier\.example' is incomplete or altered"):
        load_profiles(path)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"format": "detector-profiles"}', "\x00", "[" * 100_000])
def test_what_is_no_file_of_profiles_is_refused(tmp_path, content):
    (tmp_path / "x").write_text(content)
    with pytest.raises(ModelError, match="is not a file of profiles"):
        load_profiles(tmp_path / "x")


def test_other_versions_and_missing_files_are_refused(path, tmp_path):
    path.write_text(path.read_text().replace('"format_version": 2', '"format_version": 3'))
    with pytest.raises(ModelError, match="has format version 3, this package reads 2"):
        load_profiles(path)
    with pytest.raises(ModelError, match="no such file of profiles"):
        load_profiles(tmp_path / "none")
    with pytest.raises(ModelError, match="cannot be read"):
        load_profiles(tmp_path)
