"""Options that commands which judge pages share."""

from __future__ import annotations

from typing import Annotated

import typer

SitesOption = Annotated[
    str | None, typer.Option(metavar="FILE", help="What sites repeat, from `detector sites learn`.")
]
SiteOption = Annotated[str | None, typer.Option(metavar="NAME", help="The site of pages that name none.")]
ProfilesOption = Annotated[
    str | None, typer.Option(metavar="FILE", help="Profiles of sites, as detector adapt makes them.")
]
