"""What sites repeat: counted in one pass over a corpus, kept in a file that is mapped into memory.

`count` turns pages into sorted parts, `merge` turns parts into one memory or one part, `sites` looks lines up.
The way over a whole corpus is `detector.corpus.learn`.
"""
