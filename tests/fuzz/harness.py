"""What every harness shares: a bound on time, slices of the fuzzer's bytes, and the command that fuzzes.

``python -m tests.fuzz.harness html --seconds 600`` fuzzes one target with atheris and prints one line of
JSON; ``--corpora`` keeps what was found between runs, and ``--json tests/fuzz/totals.json`` adds the
run's counts to the totals that the documents tell.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.totals import add

TARGETS = ("text", "html", "jsonl", "parquet", "warc", "compression", "labels", "model", "sites")
"""Modules of this package; each has `SEEDS`, a tuple of bytes, and `check`, which takes bytes."""

_BASE_SECONDS = 5.0
_SECONDS_A_BYTE = 1e-3
_TIMEOUT = 120  # of wall time, and the machine may be busy: `in_time` measures what counts
_MEMORY_MB = 3072
_INPUT_BYTES = {"model": 1 << 17, "parquet": 1 << 15}
_DONE = re.compile(rb"Done (\d+) runs in (\d+) second")
_AT = re.compile(rb"^#(\d+)\t", re.M)


def target(name):
    """A harness: its module."""
    return importlib.import_module(f"tests.fuzz.fuzz_{name}")


@contextlib.contextmanager
def in_time(data):
    """Fail where work on an input takes far longer than its size allows."""
    started = time.process_time()
    yield
    taken = time.process_time() - started
    assert taken < _BASE_SECONDS + _SECONDS_A_BYTE * len(data), f"{taken:.1f} s for {len(data)} bytes"


def one_line(error):
    """What every error that a user sees must be."""
    assert str(error), "an error without a message"
    assert "\n" not in str(error), f"an error of several lines: {error!r}"


def numbers(data, count):
    """Some numbers from the head of the input, and the rest of it."""
    return list(data[:count].ljust(count, b"\0")), data[count:]


def fuzz(name, seconds, corpora):
    """Fuzz a target in a process of its own; what it found and how often it ran."""
    with contextlib.ExitStack() as stack:
        folder = Path(corpora or stack.enter_context(tempfile.TemporaryDirectory()))
        corpus, findings = folder / name, folder / "findings"
        corpus.mkdir(parents=True, exist_ok=True)
        findings.mkdir(exist_ok=True)
        for number, seed in enumerate(target(name).SEEDS):
            (corpus / f"seed-{number}").write_bytes(seed)
        command = [
            *(sys.executable, "-m", "tests.fuzz.harness", name, "--worker", str(corpus)),
            *(f"-max_total_time={seconds}", f"-timeout={_TIMEOUT}", f"-rss_limit_mb={_MEMORY_MB}"),
            *(f"-max_len={_INPUT_BYTES.get(name, 4096)}", f"-artifact_prefix={findings}/{name}-"),
        ]
        started = time.monotonic()
        before = set(findings.glob(f"{name}-*"))
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        found = set(findings.glob(f"{name}-*")) - before
        done = _DONE.search(result.stdout)
        at = _AT.findall(result.stdout)
        return {
            "target": name,
            "seconds": round(time.monotonic() - started),
            "executions": int(done.group(1)) if done else int(at[-1]) if at else 0,
            "crashes": sum("crash" in path.name for path in found) + (result.returncode != 0 and not found),
            "hangs": sum("timeout" in path.name for path in found),
            "out_of_memory": sum("oom" in path.name for path in found),
            "findings": sorted(map(str, found)),
            "told": "" if result.returncode == 0 else _trace(result.stdout.decode("utf-8", "replace")),
        }


def _trace(output):
    """What a process that failed says, without the log of the fuzzer."""
    _, raised, rest = output.partition("Uncaught Python exception")
    return rest.removeprefix(": ===").partition("==")[0].strip() if raised else output[-1000:]


def _work(name, arguments):
    import atheris

    with atheris.instrument_imports(include=["detector"]):
        module = target(name)

    def run(data):
        module.check(data)

    settings = {"custom_mutator": module.mutate} if hasattr(module, "mutate") else {}
    atheris.Setup([sys.argv[0], *arguments], run, **settings)
    atheris.Fuzz()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=(*TARGETS, "all"))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpora", help="folder for inputs that reach new code, and for findings")
    parser.add_argument("--json", metavar="FILE", help="file of totals to which what was counted is added")
    parser.add_argument("--reproduce", help="a finding: check this one input")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args()
    if options.worker:
        _work(options.target, [options.worker, *rest])
        return
    if options.reproduce:
        target(options.target).check(Path(options.reproduce).read_bytes())
        return
    if importlib.util.find_spec("atheris") is None:
        sys.exit("fuzzing needs atheris, which has wheels for some versions of Python: pip install atheris")
    failed = False
    for name in TARGETS if options.target == "all" else (options.target,):
        result = fuzz(name, options.seconds, options.corpora)
        print(json.dumps(result), flush=True)
        if options.json:
            add(options.json, result)
        failed |= bool(result["findings"] or result["told"])
    sys.exit(failed)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
