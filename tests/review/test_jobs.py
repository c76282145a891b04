import json
import os

import pytest

from detector.errors import InputError
from detector.review import jobs as module
from detector.review.jobs import Jobs
from detector.review.offers import Gain, Offer, Result, offers
from tests.conftest import wait_until


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Jobs whose commands are scripts of Python."""
    started = []

    def run(script, **settings):
        program = tmp_path / "program.py"
        program.write_text(script, "utf-8")
        offer = Offer(
            "Run", "It runs.", lambda labels, site: [str(labels), site],
            lambda record: Result(str(record["saved"])), **settings,
        )  # fmt: skip
        monkeypatch.setattr(module, "PROGRAM", (module.sys.executable, str(program)))
        jobs = Jobs({"run": offer})
        started.append(jobs)
        return jobs

    yield run
    for jobs in started:
        jobs.stop()


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text("{}\n", "utf-8")
    return path


def ended(jobs):
    wait_until(lambda: not jobs.state()["is_running"])
    return jobs.state()


def test_progress_and_result_are_told(run, labels):
    jobs = run(
        "import sys, json\n"
        "print('one of two', file=sys.stderr); print('half\\rtwo of two', file=sys.stderr); print(file=sys.stderr)\n"
        "print(json.dumps({'saved': sys.argv[1:]}, indent=1))"
    )
    assert jobs.state() is None
    jobs.start("run", labels, "x.org")
    state = ended(jobs)
    assert state["progress"] == ["one of two", "two of two"]
    assert state["result"]["saved"] == str([str(labels), "x.org"])
    assert state["code"] == 0


def test_a_command_that_fails_says_why(run, labels):
    jobs = run("import sys; sys.exit('detector: error: it cannot be done')")
    jobs.start("run", labels, "")
    state = ended(jobs)
    assert (state["code"], state["result"]) == (1, None)
    assert state["progress"] == ["detector: error: it cannot be done"]


def test_one_runs_at_a_time_and_can_be_stopped(run, labels):
    jobs = run("import time; time.sleep(60)")
    jobs.start("run", labels, "")
    with pytest.raises(InputError, match="a job is running"):
        jobs.start("run", labels, "")
    jobs.stop()
    assert ended(jobs)["code"] == -15
    jobs.start("run", labels, "")
    assert jobs.state()["is_running"]


def test_what_it_says_is_bounded(run, labels):
    jobs = run("import sys\nfor n in range(10000): print('x' * 1000, n, file=sys.stderr)\nprint('{')")
    jobs.start("run", labels, "")
    state = ended(jobs)
    assert len(state["progress"]) <= 200
    assert max(map(len, state["progress"])) <= 500
    assert state["result"] is None


def test_what_cannot_be_started_is_refused(run, labels, tmp_path):
    jobs = run("", needs_site=True)
    for name, path, site, reason in (
        ("gone", labels, "x", "no job 'gone'"),
        ("run", labels, "", "start the review with --site NAME"),
        ("run", tmp_path / "none", "x", "no answer yet"),
    ):
        with pytest.raises(InputError, match=reason):
            jobs.start(name, path, site)
    assert jobs.state() is None


ADAPTED = {
    "profiles": "site.profiles",
    "sites": [
        {
            "site": "x.org",
            "pages": 9,
            "saved": True,
            "reason": "",
            "gain": {
                "pages": 9,
                "words": 1200,
                "words_wrong_before": 80,
                "words_wrong_after": 20,
                "errors_left": [0.25, 0.1, 0.4],
            },
        }
    ],
}


def test_the_gain_of_adapting_is_read(labels):
    offer = offers("own.detector")["adapt"]
    command = offer.command(labels, "x.org")
    assert command[:3] == ["adapt", "--site", "x.org"]
    assert command[-2:] == ["--model", "own.detector"]
    assert os.fspath(labels.with_name("labels.profiles")) in command
    assert offers(None)["adapt"].command(labels.with_name("a.labels.jsonl"), "x")[6] == str(
        labels.with_name("a.profiles")
    )
    result = offer.result(json.dumps(ADAPTED))
    assert result.saved == "site.profiles"
    assert result.gains == (
        Gain("words wrong on 9 pages held out", 80, 20, "0.25 of the errors are left [0.10, 0.40], of 1,200 words"),
    )


def test_why_nothing_was_saved_is_read():
    site = {**ADAPTED["sites"][0], "saved": False, "reason": "2 labelled pages", "gain": None}
    result = offers(None)["adapt"].result(json.dumps({**ADAPTED, "sites": [site]}))
    assert result == Result("", "2 labelled pages", ())


def test_the_gain_of_retraining_is_read(labels):
    offer = offers(None)["train"]
    assert offer.command(labels, "x.org")[:3] == ["train", str(labels), "--with-shipped"]
    figures = {"noise_line_f1": {"a": 0.8, "b": 0.9, "difference": [0.1, 0.05, 0.15]}}
    compared = {"base": {"figures": figures}, "own": {"figures": figures}, "current": None}
    record = {"model": "own.detector", "saved": True, "margin": 0.01, "compared": compared}
    result = offer.result(json.dumps(record))
    assert result.saved == "own.detector"
    assert result.gains[0] == Gain("F1 of noise lines, your pages held out", 0.8, 0.9, "+0.100 [+0.050, +0.150]")
    refused = offer.result(json.dumps({**record, "saved": False}))
    assert refused == Result("", "on the shipped pages it falls by more than 0.01", result.gains)


@pytest.mark.parametrize("output", ["", "{", "[]", '{"sites": []}', '{"sites": [{}]}', "null"])
def test_what_is_no_result_is_none(output):
    assert offers(None)["adapt"].result(output) is None
