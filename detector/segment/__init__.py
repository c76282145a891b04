"""From text to lines, words and segments."""
