"""How much of other tools' logs and expected results is read as they say; the corpus is given by its path."""
