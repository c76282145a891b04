"""What is read, where it goes, and whether that can be."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from detector.corpus.inputs import Input, Unreadable, find_inputs
from detector.corpus.names import ROW_FORMATS, STDIN, Kind, is_remote, kind_of, stem_of
from detector.errors import InputError, OutputError

_ROWS: Final = "rows"
_OTHER_FILES: Final = (".json", ".csv", ".tsv")


class Source(NamedTuple):
    """A file of many pages, or a run of files of one page each.

    Parameters
    ----------
    path
        The file; of a run, the first one.
    target
        Where it goes below an output folder.
    kind
        Its format; ``"files"`` for a run.
    size
        Bytes.
    version
        What changes when the input does.
    files
        Of a run: paths, targets and sizes.
    """

    path: str
    target: str
    kind: Kind
    size: int
    version: str
    files: tuple[tuple[str, str, int], ...] = ()


class Product(NamedTuple):
    """A file that is put together from parts.

    Parameters
    ----------
    stream
        Which parts: ``"rows"``, ``"removed"`` or ``"attributes"``.
    path
        The file; None for standard output.
    kind
        Its format.
    source
        Of which source's shards; None for all.
    """

    stream: str
    path: str | None
    kind: Kind
    source: int | None = None


class Plan(NamedTuple):
    """All of it.

    Parameters
    ----------
    sources
        In the order of the output.
    products
        What is put together.
    kinds
        The format of each source's rows; ``Kind("text")`` where each page becomes a file in `folder`.
    folder
        The output folder, None where all goes into one file.
    unreadable
        Inputs that are left out.
    tools
        Other files that are read, such as a model: they are inputs that no output may take the place of.
    """

    sources: tuple[Source, ...]
    products: tuple[Product, ...]
    kinds: tuple[Kind, ...]
    folder: str | None
    unreadable: tuple[Unreadable, ...]
    tools: tuple[str, ...] = ()


def make_plan(
    paths: Sequence[str],
    output: str | None,
    removed: str | None = None,
    attributes: str | None = None,
    stdin: Kind | None = None,
    tools: Sequence[str | None] = (),
) -> Plan:
    """Find the inputs and decide where everything goes.

    Parameters
    ----------
    paths
        Files, folders, patterns, URLs, and ``"-"`` for standard input.
    output
        A file with a corpus's suffix, a folder, or None for standard output.
    removed, attributes
        Where these go.
    stdin
        The format of standard input.
    tools
        Other files that are read, None for those that ship.

    Raises
    ------
    InputError, OutputError
        It cannot be done; nothing was written.
    """
    found = list(find_inputs(paths))
    unreadable = tuple(item for item in found if isinstance(item, Unreadable))
    inputs = [item for item in found if isinstance(item, Input)]
    if not inputs:
        item = unreadable[0]
        raise InputError(f"{item.path}: {item.reason}")
    sources = tuple(_sources(inputs, stdin or Kind("jsonl")))
    into_one = output is None or is_file(output)
    products: list[Product] = []
    if into_one:
        kind = Kind("jsonl") if output is None else _row_kind(output)
        products.append(Product(_ROWS, output, kind))
        kinds = (kind,) * len(sources)
    else:
        _check_name(str(output))
        kinds = tuple(_mirrored(source.kind) for source in sources)
        for index, (source, kind) in enumerate(zip(sources, kinds, strict=True)):
            if not source.files:
                path = os.path.join(str(output), _renamed(source.target, kind))
                products.append(Product(_ROWS, path, kind, index))
    if removed is not None:
        products.append(Product("removed", removed, _line_kind(removed)))
    if attributes is not None:
        products += _attributes(attributes, sources)
    read = tuple(path for path in tools if path is not None)
    plan = Plan(sources, tuple(products), kinds, None if into_one else output, unreadable, read)
    _check(plan)
    return plan


def _sources(inputs: Iterable[Input], stdin: Kind) -> Iterator[Source]:
    for many, group in itertools.groupby(inputs, lambda item: item.path == STDIN or item.kind.is_corpus):
        if many:
            for item in group:
                kind = stdin if item.path == STDIN else item.kind
                if item.path == STDIN and kind.format not in ("jsonl", "warc"):
                    raise InputError(f"{kind.format} cannot be read from standard input: name a file")
                if kind.format == "arc":
                    raise InputError(f"{item.path}: ARC, the format before WARC, is not read: convert it to WARC")
                yield Source(item.path, item.target, kind, item.size, item.version)
        else:
            run = list(group)
            if packed := next((item for item in run if item.kind.compression), None):
                raise InputError(
                    f"{packed.path}: the name does not tell what is compressed: .jsonl.{packed.kind.compression}?"
                )
            version = " ".join(f"{item.size} {item.version}" for item in run)
            taken = {item.target for item in run}
            files = tuple((item.path, _text_name(item.target, taken), item.size) for item in run)
            yield Source(run[0].path, "pages", Kind("files"), sum(item.size for item in run), version, files)


def _text_name(target: str, taken: set[str]) -> str:
    """Name the clean text of a page; that of page.html is page.txt unless another page is."""
    if kind_of(target).format != "html":
        return target
    name = f"{os.path.splitext(target)[0]}.txt"
    return f"{target}.txt" if name in taken else name


def is_file(output: str) -> bool:
    """Tell whether an output is a file by its name, or, a device or pipe, by what it is."""
    if not is_remote(output) and os.path.isdir(output):
        return False
    return kind_of(output).format in ROW_FORMATS or (os.path.exists(output) and not os.path.isfile(output))


def _check_name(output: str) -> None:
    """Refuse a folder that has the name of a file and is not there yet: a file was meant."""
    kind = kind_of(output)
    named_file = kind != Kind("") or output.lower().endswith(_OTHER_FILES)
    if named_file and not os.path.exists(output):
        raise OutputError(
            f"{output}: a corpus goes into a file that ends with .jsonl or .parquet, or into a folder; "
            "a folder of this name would end with /"
        )


def _row_kind(path: str) -> Kind:
    kind = kind_of(path)
    return kind if kind.format else Kind("jsonl")


def _line_kind(path: str) -> Kind:
    kind = kind_of(path)
    if kind.format == "parquet":
        raise OutputError(f"{path}: is written as JSONL; name it .jsonl")
    return Kind("jsonl", kind.compression)


def _mirrored(kind: Kind) -> Kind:
    if kind.format == "files":
        return Kind("text")
    return Kind("jsonl", kind.compression) if kind.format == "warc" else kind


def _renamed(target: str, kind: Kind) -> str:
    if kind_of(target) == kind:
        return target
    return os.path.join(os.path.dirname(target), stem_of(target) + kind.suffix)


def _attributes(path: str, sources: Sequence[Source]) -> Iterator[Product]:
    """Attribute files stand beside each other as the documents do, or are one file."""
    if kind_of(path).format == "jsonl":
        yield Product("attributes", path, _line_kind(path))
        return
    for index, source in enumerate(sources):
        kind = source.kind if source.kind.format == "jsonl" else Kind("jsonl", "gz")
        yield Product("attributes", os.path.join(path, _renamed(source.target, kind)), kind, index)


def _key(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError:
        return path if is_remote(path) else os.path.realpath(path)
    return status.st_dev, status.st_ino


def check_output(plan: Plan, output: str) -> None:
    """Refuse to write over an input.

    Raises
    ------
    OutputError
        The output is one.
    """
    if _key(output) in _inputs(plan):
        raise OutputError(f"{output}: is an input; name another file to write to")


def _inputs(plan: Plan) -> set[object]:
    paths = (path for source in plan.sources for path in [path for path, _, _ in source.files] or [source.path])
    return {_key(path) for path in itertools.chain(paths, plan.tools) if path != STDIN}


def _check(plan: Plan) -> None:
    """Refuse to write over an input, or twice into one file."""
    inputs = _inputs(plan)
    outputs: dict[object, str] = {}
    files = [] if plan.folder is None else [target for source in plan.sources for _, target, _ in source.files]
    wanted = [product.path for product in plan.products if product.path is not None]
    if plan.folder is not None:
        if os.path.exists(plan.folder) and not os.path.isdir(plan.folder):
            raise OutputError(f"{plan.folder}: is a file; name a folder, or a file that ends with .jsonl or .parquet")
        wanted += [os.path.join(plan.folder, target) for target in files]
    for path in wanted:
        if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
            continue  # a device may be named twice
        key = _key(path)
        if key in inputs:
            raise OutputError(f"{path}: is an input; name another file to write to")
        if key in outputs:
            raise OutputError(f"{path}: would be written twice; name other files or folders")
        outputs[key] = path
