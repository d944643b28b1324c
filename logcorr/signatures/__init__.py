"""The signatures: one failure pattern a file; ``table`` lists them. They know no file, format or engine."""
