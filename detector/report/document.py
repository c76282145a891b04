"""The file: one document with its style and its few lines of script, which a browser lets do nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

from detector import __version__
from detector.report.markup import Content, Html, element, joined

_STYLE: Final = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1b1f;--dim:#5b5b66;--rule:#d5d5dc;--soft:#f3f3f6;
--kept:#0a6b3d;--gone:#b3261e;--a:#2457c5;--b:#b45309}
@media (prefers-color-scheme:dark){:root{--paper:#16161a;--ink:#ececf1;--dim:#a5a5b3;--rule:#3a3a45;--soft:#212128;
--kept:#6fd6a0;--gone:#ff9a91;--a:#8ab0ff;--b:#f3b35c}}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--dim:#444;--rule:#bbb;--soft:#f3f3f3;--kept:#0a6b3d;
--gone:#b3261e;--a:#2457c5;--b:#b45309}.tools{display:none}figure,tr{break-inside:avoid}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1rem 1.25rem 3rem;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--rule)}
h3{font-size:1rem;margin:1.2rem 0 .3rem}p{max-width:50rem}small,.dim{color:var(--dim)}bdi{overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:.5rem 0 1rem}caption{text-align:left;color:var(--dim)}
th,td{padding:.2rem .6rem;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
th{font-weight:600}thead th{color:var(--dim)}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
figure{margin:.5rem 0 1.2rem}figcaption{font-weight:600}svg{width:100%;max-width:36rem;height:auto;display:block}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 1.5rem}
.grid{stroke:var(--rule);stroke-width:1}.tick,.axis{fill:var(--dim);font:11px system-ui,sans-serif}
.end{text-anchor:end}.mid{text-anchor:middle}.bar{fill:var(--a)}.bar.s1{fill:var(--b)}
.curve{fill:none;stroke:var(--a);stroke-width:2}.curve.even{stroke:var(--dim);stroke-width:1;stroke-dasharray:5 4}
.dot{fill:var(--a)}.dot.mark{fill:var(--paper);stroke:var(--b);stroke-width:3}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;padding:0;margin:.2rem 0}
.key{display:inline-block;width:24px;height:12px}summary{cursor:pointer}
.kept{color:var(--kept)}.gone{color:var(--gone)}
.h1{background:color-mix(in srgb,var(--a) 10%,transparent)}.h2{background:color-mix(in srgb,var(--a) 25%,transparent)}
.h3{background:color-mix(in srgb,var(--a) 45%,transparent)}td.right{outline:1px solid var(--dim);outline-offset:-2px}
.sides,.sides li{display:grid;grid-template-columns:3.5rem minmax(0,1fr) minmax(0,1fr);gap:0 .75rem}
.sides{display:block;list-style:none;padding:0;margin:.5rem 0}.sides li{border-bottom:1px solid var(--rule)}
.sides .no{color:var(--dim);text-align:right;font-variant-numeric:tabular-nums}
.line{padding:.1rem .5rem;border-left:5px solid}.line.k{grid-column:2;border-color:var(--kept)}
.line.g{grid-column:3;border-color:var(--gone)}.line.k summary{list-style:none}.line.g summary{list-style:none}
.line.k.p3{background:color-mix(in srgb,var(--gone) 12%,transparent)}
.line.k.p4{background:color-mix(in srgb,var(--gone) 22%,transparent)}
.line.g.p3{background:color-mix(in srgb,var(--kept) 12%,transparent)}
.line.g.p4{background:color-mix(in srgb,var(--kept) 22%,transparent)}
.p{color:var(--dim);font-size:.85em;font-variant-numeric:tabular-nums;white-space:nowrap}
.why{margin:.2rem 0 .4rem;padding:.3rem .6rem;background:var(--soft);font-size:.9em}
.only-k .g,.only-g .k{display:none}.only-k .none-k,.only-g .none-g{display:none}
.only-k li,.only-g li{grid-template-columns:3.5rem minmax(0,1fr)}.only-g .line.g{grid-column:2}
@media (max-width:44rem){.sides li{grid-template-columns:2.5rem minmax(0,1fr)}.line.k,.line.g{grid-column:2}
.sides li:first-child{display:none}}
button{font:inherit;margin:0 .4rem .4rem 0}.lines{margin:.2rem 0 .8rem;padding-left:1.2rem}
"""

# Without the script all is there as well; it adds buttons that hide a side or open all lines, and opens for the
# printer what is closed, but for the numbers of plots.
_SCRIPT: Final = """
const sides=document.querySelector(".sides"),tools=document.querySelector(".tools");
if(sides&&tools){const add=(name,act)=>{const b=document.createElement("button");b.type="button";b.textContent=name;
b.addEventListener("click",act);tools.append(b)};const only=(s)=>{sides.classList.remove("only-k","only-g");
if(s)sides.classList.add(s)};add("Both sides",()=>only(""));add("Kept only",()=>only("only-k"));
add("Removed only",()=>only("only-g"));const all=(open)=>{for(const d of sides.querySelectorAll("details"))d.open=open};
add("Open all",()=>all(true));add("Close all",()=>all(false))}
let opened=[];
addEventListener("beforeprint",()=>{opened=[...document.querySelectorAll("main details:not([open])")];
opened=opened.filter((d)=>!d.closest("figure"));for(const d of opened)d.open=true});
addEventListener("afterprint",()=>{for(const d of opened)d.open=false});
"""


def document(title: str, body: Iterable[Content]) -> bytes:
    """Make the file.

    Parameters
    ----------
    title
        Its title, plain text.
    body
        What follows the heading.

    Returns
    -------
    bytes
        HTML in UTF-8.  Its policy lets nothing be loaded, sent or run but the style and the script in it.
    """
    policy = (
        f"default-src 'none'; style-src '{_digest(_STYLE)}'; script-src '{_digest(_SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Html(_STYLE)),
    )
    footer = element("footer", element("small", f"Made by detector {__version__}."))
    main = element("main", element("h1", element("bdi", title)), joined(body))
    script = element("script", Html(_SCRIPT))
    page = element("html", head, element("body", main, footer, script), lang="en")
    return f"<!doctype html>\n{page}\n".encode()


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
