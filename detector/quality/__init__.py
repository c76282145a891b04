"""The score of a page: how good its clean text is, and why."""

from detector.quality.score import Quality, Scorer

__all__ = ["Quality", "Scorer"]
