"""What is kept of an unfinished run: parts, markers, and what they were made of."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, cast

from detector import __version__
from detector.corpus.names import STDIN, is_remote
from detector.corpus.options import Options
from detector.corpus.parts import MARKER, part_path
from detector.corpus.plan import Plan
from detector.errors import InputError, OutputError
from detector.files import HeldError, hold

_MANIFEST: Final = "run.json"
_LAYOUT: Final = 2  # of this folder; raised when parts of an older version cannot be used


def describe(
    plan: Plan,
    options: Options,
    model: Path,
    sites: str | None,
    quality: Path | None = None,
    profiles: str | None = None,
) -> dict[str, Any]:
    """Say all that the bytes of the output depend on; `sites` names a site memory's content."""
    return {
        "version": f"{__version__} layout {_LAYOUT}",
        "model": hashlib.sha256(model.read_bytes()).hexdigest(),
        "quality": None if quality is None else hashlib.sha256(quality.read_bytes()).hexdigest(),
        "sites": sites,
        "profiles": None if profiles is None else hashlib.sha256(Path(profiles).read_bytes()).hexdigest(),
        "options": options.as_json(),
        "outputs": [[product.stream, product.kind.suffix, product.source] for product in plan.products],
        "inputs": [[source.path, source.kind.suffix, source.size, _hash(source.version)] for source in plan.sources],
    }


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def work_folder(plan: Plan) -> str | None:
    """Where an unfinished run is kept; None where it could not be gone on with."""
    if any(source.path == STDIN for source in plan.sources):
        return None
    output = plan.folder or next(product.path for product in plan.products)
    if output is None:
        return None
    if is_remote(output):
        return os.path.basename(output.rstrip("/")) + ".unfinished"
    if os.path.exists(output) and not os.path.isfile(output) and not os.path.isdir(output):
        return None  # a device or a pipe
    return os.path.realpath(output).rstrip(os.sep) + ".unfinished"


class State:
    """The folder of an unfinished run, held by one run at a time.

    Parameters
    ----------
    folder
        The folder.
    described
        From `describe`.
    restart
        Whether to drop what another run left.
    """

    def __init__(self, folder: str, described: Mapping[str, Any], *, restart: bool) -> None:
        self.folder = folder
        self.key = _hash(described)
        self.parts = os.path.join(folder, self.key[:16])
        self._described = described
        self._restart = restart
        self._lock: Any = None

    def __enter__(self) -> State:
        try:
            os.makedirs(self.folder, exist_ok=True)
            self._hold()
            self._compare()
            os.makedirs(self.parts, exist_ok=True)
            path = os.path.join(self.folder, _MANIFEST)
            with open(f"{path}.tmp", "w", encoding="utf-8") as stream:
                json.dump(self._described, stream)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(f"{path}.tmp", path)
        except OSError as error:
            self._release()
            raise OutputError(f"{self.folder}: cannot be made: {error.strerror or error}") from None
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None and not any(name.endswith(f".{MARKER}") for name in self._names()):
            self.drop()  # nothing was done yet
        self._release()

    def marker(self, number: int) -> dict[str, Any] | None:
        """Read a shard's marker; None where the shard is yet to be done."""
        try:
            with open(part_path(self.parts, number, MARKER), "rb") as stream:
                marker = json.load(stream)
            if marker["key"] != self.key:
                return None
            for name, size in marker["sizes"].items():
                if os.path.getsize(part_path(self.parts, number, name)) != size:
                    return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return cast("dict[str, Any]", marker)

    def drop(self) -> None:
        """Remove the folder: the run is over, or never began."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _names(self) -> list[str]:
        with contextlib.suppress(OSError):
            return os.listdir(self.parts)
        return []

    def _hold(self) -> None:
        try:
            self._lock = hold(os.path.join(self.folder, "lock"))
        except HeldError as error:
            raise OutputError(
                f"{self.folder.removesuffix('.unfinished')}: process {error} is writing to it; "
                "wait for its end or name another output"
            ) from None

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _compare(self) -> None:
        try:
            with open(os.path.join(self.folder, _MANIFEST), "rb") as stream:
                earlier = json.load(stream)
        except (OSError, ValueError):
            earlier = None
        if earlier is not None and earlier != self._described and not self._restart:
            raise InputError(
                f"{self.folder}: holds an unfinished run with {_difference(earlier, self._described)}; "
                "go on with the same, or begin anew with --restart"
            )
        if earlier != self._described or self._restart:
            for name in os.listdir(self.folder):
                if name != "lock":
                    path = os.path.join(self.folder, name)
                    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)


def _difference(earlier: Any, now: Mapping[str, Any]) -> str:
    if not isinstance(earlier, dict):
        return "other options"
    if earlier.get("version") != now["version"]:
        return f"another version of detector ({earlier.get('version')})"
    if earlier.get("model") != now["model"] or earlier.get("quality") != now.get("quality"):
        return "another model"
    if earlier.get("sites") != now["sites"]:
        return "another site memory"
    if earlier.get("profiles") != now["profiles"]:
        return "other profiles of sites"
    if earlier.get("options") != now["options"]:
        old: Any = earlier.get("options")
        names = [name for name, value in now["options"].items() if not isinstance(old, dict) or old.get(name) != value]
        return f"other options ({', '.join(names)})"
    if earlier.get("outputs") != now["outputs"]:
        return "other outputs"
    changed = _changed(earlier.get("inputs"), now["inputs"])
    return f"other inputs ({changed})" if changed else "other inputs"


def _changed(earlier: Any, now: Sequence[Sequence[Any]]) -> str:
    """Name an input that was written since, or came, or went."""
    if not isinstance(earlier, list):
        return ""
    before = {entry[0]: entry for entry in earlier}
    for entry in now:
        if entry[0] not in before:
            return f"{entry[0]} is new"
        if before[entry[0]] != list(entry):
            return f"{entry[0]} has changed"
    gone = set(before) - {entry[0] for entry in now}
    return f"{sorted(gone)[0]} is gone" if gone else ""
