"""The cleaner as a step of engines that people have already; each needs the extra of its name."""
