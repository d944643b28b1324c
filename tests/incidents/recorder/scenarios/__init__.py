"""One module a recording: what stands there, what is done to it, and what a right report says."""
