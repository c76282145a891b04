import json
import re

import pytest

pytest.importorskip("starlette")
from hypothesis import given
from hypothesis import strategies as st

from detector.labels import KINDS, read_labelled
from detector.page import Page
from detector.review import view
from detector.review.guard import MOST_BYTES, TOKEN_HEADER, Guard
from detector.review.jobs import Jobs
from detector.review.server import Review, make_app
from tests.conftest import NASTY_LINES
from tests.review.client import Client
from tests.review.disks import full_disk

TOKEN = "a-token-of-the-tests"
PORT = 4321
HOST = f"127.0.0.1:{PORT}"
HOME = f"http://{HOST}"
HEADERS = ["host", "origin", "sec-fetch-site", TOKEN_HEADER, "content-length"]
TELL = "Tell a friend about this story"


@pytest.fixture
def talk(begin, make_collection):
    """A client of a review of a collection."""
    sessions = []

    def talk(collection, token=TOKEN):
        session = begin(collection).__enter__()
        sessions.append(session)
        app = make_app(Review(session, Jobs({}), TOKEN, "a corpus"), PORT)
        return Client(app, HOST, headers={TOKEN_HEADER: token} if token else {})

    yield talk
    for session in sessions:
        session.__exit__(None, None, None)


def on_page(collection, row, page=0):
    return int(row - collection.lines.rows_of(page).start)


def answer(client, first, last=None, label="noise", page=0, **more):
    last = first if last is None else last
    item = {"first": first, "last": last, "label": label, **more}
    return client.post("/api/answer", json={"page": page, "answers": [item], "spread": True})


def test_from_a_question_to_the_file(talk, collection, labels, row_of):
    client = talk(collection)
    state = client.get("/api/state").json()
    assert (state["pages"], state["lines"], state["settled"]) == (12, len(collection.lines), 0)
    assert state["kinds"] == list(KINDS)
    question = client.get("/api/next").json()
    assert not question["is_done"]
    row = on_page(collection, row_of(collection, TELL))
    assert answer(client, row, kind="share").json()["settled"] == 12
    shown = client.get("/api/page", params={"page": 3, "first": 0, "last": 100}).json()
    [line] = [line for line in shown["lines"] if line["text"] == TELL]
    assert (line["label"], line["kind"], line["source"], line["equal"]) == ("noise", "share", "equal", 12)
    undone = client.post("/api/undo", json={}).json()
    assert (undone["page"], undone["row"], undone["changed"], undone["settled"]) == (0, row, 12, 0)
    answer(client, row, kind="share")
    exported = client.get("/api/export")
    assert exported.content == labels.read_bytes()
    assert labels.name in exported.headers["content-disposition"]
    assert len(list(read_labelled([labels]))) == 12


def test_a_page_is_accepted_and_then_has_no_question(talk, collection):
    client = talk(collection)
    assert client.post("/api/accept", json={"page": 0}).json()["settled"] >= collection.lines.rows_of(0).stop
    assert client.get("/api/next", params={"page": 0, "stay": 1}).json() == {"is_done": True}
    assert not client.get("/api/next").json()["is_done"]


def test_the_queue_is_given_in_parts(talk, collection):
    client = talk(collection)
    whole = client.get("/api/queue").json()
    assert whole["n_pages"] == 12
    assert sorted(page["page"] for page in whole["pages"]) == list(range(12))
    part = client.get("/api/queue", params={"first": 3, "last": 5}).json()
    assert part["pages"] == whole["pages"][3:5]


@pytest.mark.parametrize("path", ["state", "queue", "page", "next", "export", "gone"])
@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "\xff"])
def test_without_the_token_nothing_is_told(path, token, talk, collection):
    client = talk(collection, token="")
    headers = {TOKEN_HEADER: token} if token else {}
    response = client.get(f"/api/{path}?page=0", headers=headers)
    assert response.status_code == 401
    assert "token" in response.text


@pytest.mark.parametrize("path", ["answer", "accept", "undo", "start", "stop"])
def test_without_the_token_nothing_is_changed(path, talk, collection):
    client = talk(collection, token="")
    body = {"page": 0, "name": "adapt", "answers": [{"first": 0, "last": 0, "label": "noise"}]}
    for query in ("", f"?{TOKEN_HEADER}={TOKEN}", f"?token={TOKEN}"):
        assert client.post(f"/api/{path}{query}", json=body).status_code == 401
    assert client.get("/api/state", headers={TOKEN_HEADER: TOKEN}).json()["settled"] == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": f"https://127.0.0.1:{PORT}"}, 403),
        ({"origin": f"http://127.0.0.1:{PORT + 1}"}, 403),
        ({"origin": f"http://127.0.0.1.evil.example:{PORT}"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"host": f"evil.example:{PORT}"}, 421),
        ({"host": "127.0.0.1"}, 421),
        ({"host": f"127.0.0.1:{PORT + 1}"}, 421),
        ({"host": ""}, 421),
        ({"origin": HOME, "sec-fetch-site": "same-origin"}, 200),
        ({"origin": f"http://localhost:{PORT}", "host": f"localhost:{PORT}"}, 200),
        ({"sec-fetch-site": "none"}, 200),
    ],
)
@pytest.mark.parametrize("path", ["/", "/review.js", "/api/state", "/original/0?ticket="])
def test_other_sites_and_other_names_are_turned_away(headers, status, path, talk, collection):
    client = talk(collection)
    response = client.get(path, headers=headers)
    assert response.status_code == (404 if path.startswith("/original") and status == 200 else status)


@given(st.dictionaries(st.sampled_from(HEADERS), st.text()))
def test_only_the_right_headers_pass(headers):
    guard = Guard(None, PORT, TOKEN)  # type: ignore[arg-type]
    assert guard.refusal("/api/state", headers) is not None
    good = {"host": f"127.0.0.1:{PORT}", TOKEN_HEADER: TOKEN}
    assert guard.refusal("/api/state", good) is None
    for name, value in headers.items():
        if name == "content-length":
            is_good = value.isascii() and value.isdigit() and int(value) <= MOST_BYTES
        else:
            is_good = not value and name in ("origin",)
        assert (guard.refusal("/api/state", {**good, name: value}) is None) == is_good, (name, value)


def test_a_long_request_is_refused_whole(talk, collection):
    client = talk(collection)
    assert client.post("/api/answer", content=b"x" * (MOST_BYTES + 1)).status_code == 413

    def chunks():
        for _ in range(MOST_BYTES // 1000 + 2):
            yield b"x" * 1000

    assert client.post("/api/answer", content=chunks()).status_code in (400, 413)


@pytest.mark.parametrize("path", ["/", "/review.js", "/review.css", "/icon.svg", "/api/state", "/gone"])
def test_every_answer_carries_the_policies(path, talk, collection):
    headers = talk(collection).get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_refusals_carry_the_policies_too(talk, collection):
    response = talk(collection, token="").get("/api/state")
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_the_page_has_no_inline_script_or_style_and_loads_nothing_from_elsewhere(talk, collection):
    client = talk(collection)
    page = client.get("/").text
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|javascript:", page)
    for path in re.findall(r'(?:src|href)="([^"#]+)"', page):
        assert client.get(path).status_code == 200, path
    for script in re.findall(r'"\./(\w+\.js)"', client.get("/review.js").text):
        text = client.get(f"/{script}").text
        assert text
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://", text), script


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"page": 0},
        {"page": 0, "answers": []},
        {"page": 0, "answers": [3]},
        {"page": 0, "answers": [{}]},
        {"page": 0, "answers": [{"first": 0, "last": 0}]},
        {"page": 0, "answers": [{"first": 0, "last": 0, "label": "nonsense"}]},
        {"page": 0, "answers": [{"first": 0, "last": 0, "label": "article", "kind": "share"}]},
        {"page": 0, "answers": [{"first": 0, "last": 0, "label": "noise", "kind": ["share"]}]},
        {"page": 0, "answers": [{"first": -1, "last": 0, "label": "noise"}]},
        {"page": 0, "answers": [{"first": 0, "last": 10_000, "label": "noise"}]},
        {"page": 0, "answers": [{"first": None, "last": {}, "label": "noise"}]},
        {"page": 99, "answers": [{"first": 0, "last": 0, "label": "noise"}]},
        {"page": "x", "answers": [{"first": 0, "last": 0, "label": "noise"}]},
        {"page": float("inf"), "answers": [{"first": 0, "last": 0, "label": "noise"}]},
        {"page": True, "answers": [{"first": 0, "last": 0, "label": "noise"}]},
        {"page": 0, "answers": [{"first": 0.7, "last": 0, "label": "noise"}]},
        [],
        3,
    ],
)
def test_a_request_that_makes_no_sense_changes_nothing(asked, talk, collection):
    client = talk(collection)
    # Not json=: the client would refuse to send Infinity.
    response = client.post("/api/answer", content=json.dumps(asked).encode())
    assert response.status_code == 400
    assert response.json()["error"]
    assert client.get("/api/state").json()["settled"] == 0


def test_what_is_no_json_is_refused(talk, collection):
    client = talk(collection)
    for body in (b"{", b"\xff", b"[" * 60_000):
        response = client.post("/api/answer", content=body)
        assert response.status_code == 400, body[:3]


def test_a_full_disk_is_told(talk, collection, row_of):
    client = talk(collection)
    row = on_page(collection, row_of(collection, TELL))
    with full_disk():
        response = answer(client, row)
        assert response.status_code == 507
        assert "File too large" in response.json()["error"]
        assert client.get("/api/state").json()["settled"] == 0
    assert answer(client, row).json()["settled"] == 12


def test_an_export_before_any_answer_says_so(talk, collection):
    response = talk(collection).get("/api/export")
    assert response.status_code == 400
    assert response.json() == {"error": "there is no answer yet"}


def test_an_unsure_answer_is_kept_as_such(talk, collection, labels):
    client = talk(collection)
    answer(client, 0, unsure=True)
    client.get("/api/export")
    [page] = read_labelled([labels])
    assert page.segments[0].unsure


def test_text_of_any_kind_arrives_as_it_is(talk, make_collection):
    text = "\n".join(line for line in NASTY_LINES if "\r" not in line)
    found = make_collection([Page(text, "\ud800<script>", "javascript:alert(1)", "<b>")])
    shown = talk(found).get("/api/page", params={"page": 0}).json()
    assert (shown["id"], shown["url"], shown["site"]) == ("\ud800<script>", "javascript:alert(1)", "<b>")
    lines = found.lines
    for line in shown["lines"]:
        row = line["row"]
        assert line["text"] == text[lines.starts[row] : lines.ends[row]]


def test_a_page_of_many_lines_is_given_in_windows(talk, make_collection):
    found = make_collection([Page("A short line.\n" * 50_000, "long")])
    client = talk(found)
    response = client.get("/api/page", params={"page": 0, "first": 40_000, "last": 50_000})
    shown = response.json()
    assert len(response.content) < 150_000
    assert [line["row"] for line in shown["lines"]] == list(range(40_000, 40_000 + view.MOST_LINES))
    assert shown["lines"][0]["number"] == 40_001
    assert client.get("/api/page", params={"page": 0, "first": 10**9}).json()["lines"] == []
    assert client.get("/api/page", params={"page": 0, "first": -5, "last": 3}).json()["first"] == 0


def test_a_line_of_many_characters_is_cut(talk, make_collection):
    found = make_collection([Page("word " * 200_000 + "\nThe end of it.", "wide")])
    response = talk(found).get("/api/page", params={"page": 0})
    first, last = response.json()["lines"]
    assert len(response.content) < 2 * view.LINE_CHARS
    assert first["more"] == 5 * 200_000 - 1 - view.LINE_CHARS
    assert last["text"] == "The end of it."


def test_a_window_is_cut_where_its_lines_are_long(talk, make_collection):
    found = make_collection([Page(("word " * 1000 + "\n") * 300, "wide")])
    shown = talk(found).get("/api/page", params={"page": 0}).json()
    assert 0 < len(shown["lines"]) < 300
    assert sum(len(line["text"]) for line in shown["lines"]) < 400_000


def test_the_original_needs_its_ticket_and_can_do_nothing(talk, html_collection):
    client = talk(html_collection)
    path = client.get("/api/page", params={"page": 0}).json()["original"]
    bare = Client(client.app, HOST)  # a frame sends no token
    response = bare.get(path)
    assert response.status_code == 200
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox"
    )
    assert response.headers["x-frame-options"] == "SAMEORIGIN"
    other = path.replace("/original/0", "/original/1")
    assert bare.get(other).status_code == 404
    assert bare.get("/original/0").status_code == 404
    assert bare.get("/original/99?ticket=x").status_code == 404


def test_a_page_of_text_has_no_original(talk, collection):
    assert "original" not in talk(collection).get("/api/page", params={"page": 0}).json()


def test_two_tabs_see_each_others_answers(talk, collection, row_of):
    client = talk(collection)
    other = Client(client.app, HOST, headers={TOKEN_HEADER: TOKEN})
    before = other.get("/api/state").json()["revision"]
    row = on_page(collection, row_of(collection, TELL))
    answer(client, row)
    assert other.get("/api/state").json()["revision"] > before
    [line] = other.get("/api/page", params={"page": 0, "first": row, "last": row + 1}).json()["lines"]
    assert line["source"] == "hand"
