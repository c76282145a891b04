"""Pages of text that have broken tools: name to bytes.  All are cleaned; none is an error."""

SENTENCE = "The ferry sank at dawn, the coast guard said on Friday."


def _lines(count, line):
    return "\n".join(line(n) for n in range(count)).encode()


TEXTS = {
    "empty": lambda: b"",
    "one line feed": lambda: b"\n",
    "line feeds": lambda: b"\n" * 1000,
    "byte order mark": lambda: b"\xef\xbb\xbf",
    "byte order mark inside": lambda: f"a\ufeffb\n\ufeff{SENTENCE}".encode(),
    "no last line end": lambda: SENTENCE.encode(),
    "mixed line ends": lambda: b"a\r\nb\rc\nd\n\r\n\re",
    "line ends of other tools": lambda: "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g\n".encode(),
    "nul bytes": lambda: b"a\0b\n\0\0\n" + SENTENCE.encode() + b"\0",
    "lone surrogates": lambda: f"a\ud800b\n{SENTENCE}\udfff\n".encode("utf-8", "surrogatepass"),
    "noncharacters": lambda: f"\ufffe\uffff{SENTENCE}\U0010ffff\n".encode(),
    "cut in a character": lambda: "日本".encode()[:-1],
    "overlong": lambda: b"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf\n",
    "latin-1": lambda: "Fähre sank früh.\nMüde".encode("latin-1"),
    "utf-16 with mark": lambda: f"{SENTENCE}\nTwo".encode("utf-16"),
    "utf-16 without mark": lambda: f"{SENTENCE}\nTwo".encode("utf-16-be"),
    "utf-16 of odd length": lambda: f"{SENTENCE}\nTwo".encode("utf-16-le") + b"x",
    "utf-32": lambda: f"{SENTENCE}\nTwo".encode("utf-32"),
    "shift-jis": lambda: "日本語のテキスト。\n".encode("shift_jis"),
    "gbk": lambda: "首页新闻频道\n".encode("gbk"),
    "utf-7": lambda: "Fähre".encode("utf-7"),
    "marks on marks": lambda: ("e" + "\u0301" * 10_000).encode(),
    "right to left and overrides": lambda: "\u202eabc\u202c\u2066שלום\u2069\n\u200f\u061c".encode(),
    "joiners": lambda: "a\u200d\u200cb\u200b\u2060\n👩‍👩‍👧‍👦👍🏽\n".encode(),
    "full width": lambda: "１２３ Ｒｅａｄ ｍｏｒｅ\nＲead more\n".encode(),
    "one long line": lambda: f"{SENTENCE} ".encode() * 20_000,
    "one character a line": lambda: b"a\n" * 60_000,
    "equal lines": lambda: f"{SENTENCE}\n".encode() * 10_000,
    "distinct lines": lambda: _lines(20_000, lambda n: f"word{n} other{n * 7} last{n * 13}"),
    "a line of a": lambda: b"a" * 300_000,
    "a line of @": lambda: b"@" * 300_000,
    "a line of dots": lambda: b"." * 300_000,
    "only noise": lambda: b"[ad_1]\nShare\nTweet\nSubscribe\nRead more\n[ad_2]\n",
    "only story": lambda: f"{SENTENCE}\n\n".encode() * 20,
    "one line": lambda: b"ok",
    "no spaces": lambda: "首页新闻频道民生廃校の屋内プール\nเรือเฟอร์รี่จมลงเมื่อรุ่งสาง\n".encode(),
    "capitals": lambda: f"{SENTENCE.upper()}\n".encode() * 5,
    "refrains": lambda: b"Row, row, row your boat\nGently down the stream\nMerrily, merrily\nLife is but a dream\n" * 3,
    "recipe": lambda: b"200 g flour\n2 eggs\n1 pinch of salt\n\nMix. Bake for 20 minutes.\n",
    "poem": lambda: b"The woods are dark,\nthe road is long\nand evening falls\non those who roam;\n\n" * 6,
    "chat": lambda: _lines(40, lambda n: f"[{n % 24:02}:1{n % 6}] <ann{n % 3}> lol{'?' * (n % 4)}"),
    "rows of a table": lambda: _lines(50, lambda n: f"{n}\tNorrby\t{n * 7}.5\t| - |"),
    "obituaries": lambda: _lines(40, lambda n: f"LINDQVIST, Marit {n}, of Norrby, 1 May"),
    "crossword": lambda: _lines(40, lambda n: f"{n} Down: Bird of the sea ({n % 9})"),
    "law": lambda: _lines(30, lambda n: f"({n}) Subject to section {n + 4}(a), \u00a7 {n}, all rights are reserved."),
    "transcript": lambda: b"Q: Where were you?\nA: At home.\nQ: Alone?\nA: Yes.\n" * 5,
    "results": lambda: _lines(50, lambda n: f"Leeds {n % 5} - {n % 3} York"),
    "code": lambda: b"def f(x):\n    return x  # {cookie}\n\n" * 5,
    "about cookies": lambda: b"How the cookie banner ate the web\nWe asked readers why they click Subscribe.\n" * 3,
    "escapes of terminals": lambda: b"\x1b[2J\x1b]0;owned\x07" + SENTENCE.encode(),
    "json": lambda: b'{"text": ["not", "a", "page"]}\n',
    "formulas": lambda: b"=cmd|' /C calc'!A0\n+1+1\n@SUM(1)\n",
}

BINARIES = {
    "pdf": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "png": lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "jpeg": lambda: b"\xff\xd8\xff\xe0\0\x10JFIF",
    "gif": lambda: b"GIF89a\1\0\1\0",
    "zip": lambda: b"PK\x03\x04\x14\0\0\0",
}
"""What is no page: refused by name."""
