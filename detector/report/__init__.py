"""Reports: what was kept, what was removed and how good that is, as one file of HTML that opens from disk."""
