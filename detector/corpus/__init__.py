"""Whole corpora: read as a stream, cleaned by worker processes shard by shard, resumed after a kill.

The entrance is `detector.corpus.run.clean_corpus`; `detector clean` calls it for everything that
is not a few pages.
"""
