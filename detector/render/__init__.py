"""What a clean page is written as: Markdown, or the page's own HTML reduced to what was kept."""
