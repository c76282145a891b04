"""``python -m tests.hostile``: how many bad inputs are tried, and over how many surfaces."""

from tests.hostile.counts import table

print("\n".join(table()))
