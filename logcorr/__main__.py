"""``python -m logcorr``."""

from __future__ import annotations

from logcorr.cli import main

if __name__ == "__main__":
    main()
