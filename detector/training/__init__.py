"""Everything that only training needs: corpora, weak labels, injected noise, fitting."""
