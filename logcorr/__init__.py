"""Log forensics and correlation: what broke, since when, for whom, why, and the lines that prove it."""
