"""The score of a page: how good its clean text is, and why; `detector.quality.score` is the entrance."""
