"""One file a suite: ``run(folder, tally)`` reads the folder of that name in the corpus."""
