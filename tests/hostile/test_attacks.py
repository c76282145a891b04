"""Files of ours made to do harm: refused before use, in one line, in bounded memory and time.

Each is opened in a process of its own that is given little memory and little time, and that may run nothing.
"""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from detector import model_file
from detector.adapt.file import load_profiles
from detector.errors import InputError, ModelError
from detector.quality import file as quality_file
from detector.quality.paths import default_quality_path
from detector.quality.reference import Reference, read_reference
from tests.adapt.conftest import NAMES, site_page
from tests.conftest import PATIENCE
from tests.hostile.attacks import ARCHIVES, LABELS, MEMORIES, PROFILES, REFERENCES
from tests.memory.conftest import learn, pages_of
from tests.model_file.conftest import members

ROOT = Path(__file__).parent.parent.parent
MEGABYTES = 600
SECONDS = 20


def refused(folder, *words):
    """Run a command with little memory and time; the one line that it says."""
    code = (
        f"import sys, resource; sys.path.insert(0, {str(ROOT)!r})\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({MEGABYTES << 20},) * 2)\n"
        f"resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS},) * 2)\n"
        "from detector.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=folder, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    said = done.stderr.decode()
    assert done.returncode == 2, said
    assert done.stdout == b""
    assert said.startswith("detector: error: ")
    assert said.count("\n") == 1
    assert "defect" not in said
    assert "MemoryError" not in said
    assert len(said) < 1000
    assert not (folder / "detonated").exists()
    assert not (folder.parent.parent / "x.npy").exists()
    return said


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")


@pytest.fixture(scope="session")
def originals(tmp_path_factory, tiny_model, tiny_path):
    """A file of each sort that is as it should be: its bytes."""
    from detector.adapt.file import save_profiles
    from detector.adapt.site import adapt_site
    from detector.cleaner import Cleaner

    folder = tmp_path_factory.mktemp("originals")
    site = "courier.example"
    base = model_file.fingerprint(model_file.load(tiny_path).manifest)
    adapted = adapt_site(site, [site_page(name) for name in NAMES[:4]], Cleaner(tiny_model), base)
    save_profiles(folder / "x.profiles", {site: adapted.profile})
    counted = Reference()
    for quality in range(0, 10_000, 7):
        counted.add({"quality": quality / 10_000})
    counted.write(folder / "x.reference")
    return {
        "model": tiny_path.read_bytes(),
        "quality": default_quality_path().read_bytes(),
        "sites": Path(learn(folder, pages_of(a=["Home\nOne", "Home\nTwo"])).path).read_bytes(),
        "profiles": (folder / "x.profiles").read_bytes(),
        "reference": (folder / "x.reference").read_bytes(),
    }


def page_in(folder):
    (folder / "a.txt").write_text("A line.")
    return "a.txt"


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_model_file_made_to_do_harm_is_refused(name, tmp_path, originals):
    (tmp_path / "x.detector").write_bytes(ARCHIVES[name](originals["model"], model_file))
    assert "x.detector: " in refused(tmp_path, "clean", page_in(tmp_path), "--model", "x.detector")


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_quality_model_made_to_do_harm_is_refused(name, tmp_path, originals):
    (tmp_path / "x.quality").write_bytes(ARCHIVES[name](originals["quality"], quality_file))
    assert "x.quality: " in refused(tmp_path, "score", page_in(tmp_path), "--quality-model", "x.quality")


@pytest.mark.parametrize("name", MEMORIES)
def test_a_site_memory_made_to_do_harm_is_refused(name, tmp_path, originals):
    (tmp_path / "x.sites").write_bytes(MEMORIES[name](originals["sites"]))
    assert "x.sites: " in refused(tmp_path, "sites", "show", "x.sites")
    assert "x.sites: " in refused(tmp_path, "clean", page_in(tmp_path), "--sites", "x.sites", "--site", "a")


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_made_to_do_harm_are_refused(name, tmp_path, tiny_path, originals):
    (tmp_path / "x.profiles").write_bytes(PROFILES[name](originals["profiles"]))
    assert "x.profiles: " in refused(tmp_path, "profiles", "show", "x.profiles")
    words = ("clean", page_in(tmp_path), "--model", tiny_path, "--profiles", "x.profiles")
    assert "x.profiles: " in refused(tmp_path, *words)


@pytest.mark.parametrize("name", REFERENCES)
def test_a_reference_made_to_do_harm_is_refused(name, tmp_path, originals):
    (tmp_path / "x.json").write_bytes(REFERENCES[name](originals["reference"]))
    assert "x.json: is no reference" in refused(tmp_path, "score", page_in(tmp_path), "--reference", "x.json")


@pytest.mark.parametrize("name", LABELS)
def test_a_label_file_made_to_do_harm_is_refused(name, tmp_path):
    (tmp_path / "x.jsonl").write_bytes(LABELS[name]())
    for words in (("evaluate", "x.jsonl"), ("train", "x.jsonl", "-o", "y.detector")):
        assert "x.jsonl:1" in refused(tmp_path, *words)
    assert not (tmp_path / "y.detector").exists()


def test_bits_flipped_in_any_region_of_a_model_are_noticed(tmp_path):
    """Every member's data, every header of a member, and the directory."""
    data = model_file.default_path().read_bytes()
    path = tmp_path / "x.detector"
    rng = np.random.default_rng(3)
    names = set(members(model_file.default_path()))
    flips = [*rng.integers(0, len(data), 60), *range(len(data) - 22, len(data))]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        flips += [info.header_offset + int(rng.integers(30)) for info in archive.infolist()]
    harmless = 0
    expected = model_file.load().manifest
    for at in flips:
        altered = bytearray(data)
        altered[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(altered)
        try:
            manifest = model_file.load(path).manifest
        except ModelError:
            continue
        else:
            harmless += 1  # a date, a version: nothing that is used
            assert manifest == expected
            assert set(members(path)) == names
    assert harmless < 0.7 * len(flips)


LOADERS = {
    "quality": lambda path: quality_file.load_quality(path).manifest,
    "profiles": lambda path: {site: repr(profile) for site, profile in load_profiles(path).items()},
    "reference": read_reference,
}


def loaded(kind, path):
    """What a file holds, and why it is refused."""
    try:
        return LOADERS[kind](path), ""
    except (InputError, ModelError) as error:
        return None, str(error)


@pytest.mark.parametrize("kind", LOADERS)
def test_flipped_bits_and_cut_ends_of_the_other_files_are_noticed(kind, originals, tmp_path):
    """Or they alter nothing that is used, such as a date."""
    data, path = originals[kind], tmp_path / "x"
    path.write_bytes(data)
    expected, _ = loaded(kind, path)
    rng = np.random.default_rng(5)
    altered = [data[:size] for size in rng.integers(0, len(data) - 1, 20)]
    for at in [*rng.integers(0, len(data), 60), *range(20), *range(len(data) - 22, len(data))]:
        flipped = bytearray(data)
        flipped[at] ^= 1 << int(rng.integers(8))
        altered.append(bytes(flipped))
    harmless = 0
    for other in altered:
        path.write_bytes(other)
        found, reason = loaded(kind, path)
        if reason:
            assert reason.startswith(f"{path}: ")
            assert "\n" not in reason
        else:
            harmless += 1
            assert found == expected
    assert harmless < len(altered) / 3


READERS = {
    "x.detector": ("clean", "a.txt", "--model"),
    "x.quality": ("score", "a.txt", "--quality-model"),
    "x.sites": ("clean", "a.txt", "--sites"),
    "x.profiles": ("profiles", "show"),
    "x.json": ("score", "a.txt", "--reference"),
    "x.jsonl": ("evaluate",),
}


PIPES = [name for name in READERS if name != "x.jsonl"]  # labels are read once, from wherever they come


@pytest.mark.parametrize("name", PIPES)
def test_a_pipe_in_the_place_of_a_file_is_refused_at_once(name, tmp_path):
    os.mkfifo(tmp_path / name)
    page_in(tmp_path)
    assert "not a regular file" in refused(tmp_path, *READERS[name], name)


@pytest.mark.parametrize("name", READERS)
def test_4_gb_of_nothing_are_refused(name, tmp_path):
    (tmp_path / name).touch()
    os.truncate(tmp_path / name, 4 << 30)
    page_in(tmp_path)
    assert f" {name}:" in refused(tmp_path, *READERS[name], name)
