import os
import stat
from pathlib import Path

import pytest

from detector.errors import OutputError
from detector.files import atomic_writer


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "out"
    for content in (b"one", b"two, longer", b""):
        with atomic_writer(path) as stream:
            stream.write(content)
        assert path.read_bytes() == content
    assert leftovers(tmp_path) == ["out"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit, OSError])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "out"
    path.write_bytes(b"old")

    def interrupted():
        with atomic_writer(path) as stream:
            stream.write(b"half")
            stream.flush()
            raise error

    with pytest.raises((error, OutputError)):
        interrupted()
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == ["out"]


def test_the_old_file_stays_readable_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with atomic_writer(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("dangling", [False, True])
def test_a_symlink_stays_one_and_its_target_gets_the_content(tmp_path, dangling):
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "target"
    if not dangling:
        target.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(target)
    with atomic_writer(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert leftovers(tmp_path / "elsewhere") == ["target"]


def test_a_symlink_loop_is_an_output_error(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OutputError, match="loop of links"), atomic_writer(tmp_path / "a"):
        pass


def test_a_folder_a_missing_folder_and_a_file_as_folder_are_output_errors(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "no" / "out", tmp_path / "file" / "out"):
        with pytest.raises(OutputError) as caught, atomic_writer(path):
            pass
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_the_mode_of_the_old_file_is_kept(tmp_path, mode):
    path = tmp_path / "out"
    path.touch()
    path.chmod(mode)
    with atomic_writer(path) as stream:
        stream.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_gets_the_mode_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    with atomic_writer(tmp_path / "ours"):
        pass
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_device_is_written_to_and_not_replaced():
    with atomic_writer(Path(os.devnull)) as stream:
        stream.write(b"gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_the_longest_name_the_system_allows_can_be_written(tmp_path):
    path = tmp_path / ("語" * 85)
    path.touch()
    with atomic_writer(path) as stream:
        stream.write(b"new")
    assert path.read_bytes() == b"new"
