"""``python -m tests.hostile``: how many bad inputs are tried, and over how many surfaces."""

from tests.hostile.counts import counted

print("| what | inputs | surfaces | tried |\n|---|---|---|---|")
for what, inputs, surfaces in counted():
    print(f"| {what} | {inputs} | {surfaces} | {inputs * surfaces} |")
