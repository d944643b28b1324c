"""Pictures of a timeline and of a report, one a file; each draws counts, never rows, on axes of matplotlib."""
