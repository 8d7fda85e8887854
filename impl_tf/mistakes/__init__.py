"""Models with one mistake each; a comment marks its line."""
