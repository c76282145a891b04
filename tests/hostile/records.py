"""Lines of JSONL: name to the line and why it is no page, None where it is one."""

import json

BIG = 2**63 + 1

RECORDS = {
    "blank": (b"   ", None),
    "comma at the end": (b'{"text": "A line.",}', "not a JSON record"),
    "nan and infinity": (b'{"text": "A line.", "x": NaN, "y": -Infinity}', None),
    "a name twice": (b'{"text": "One.", "text": "Two."}', None),
    "null": (b'{"text": null}', "'text' must be a string"),
    "a number": (b'{"text": 5}', "'text' must be a string"),
    "a list": (b'{"text": ["A line."]}', "'text' must be a string"),
    "no text": (b'{"body": "A line."}', "'text' is missing"),
    "nested": (b'{"text": "A line.", "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "not a JSON record"),
    "mark": (b'\xef\xbb\xbf{"text": "A line."}', None),
    "cut off": (b'{"text": "A li', "not a JSON record"),
    "no json": (b"text", "not a JSON record"),
    "a list at the top": (b'[{"text": "A line."}]', "a page must be a JSON object"),
    "a string at the top": (b'"A line."', "a page must be a JSON object"),
    "not utf-8": (b'{"text": "\xff"}', "not"),
    "a large id": (json.dumps({"text": "A line.", "id": BIG}).encode(), None),
    "a url that is no string": (b'{"text": "A line.", "url": 7}', None),
    "lone surrogate": (b'{"text": "\\ud800 A line."}', None),
    "nul": (b'{"text": "A\\u0000 line."}', None),
    "terminal": (b'{"text": 1, "id": "\\u001b[2J\\n"}', "'text' must be a string"),
    "two records": (b'{"text": "A line."} {"text": "B"}', "not a JSON record"),
}
