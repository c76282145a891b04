"""The review page: lines that a model is unsure of, answered by a person in a browser.

`collect` scores a corpus, `ledger` holds the answers, `queue` decides what to ask next, `store` keeps the
answers in a labelled-page file, `session` is what the page talks to, `server` and `guard` let only it talk.
"""
