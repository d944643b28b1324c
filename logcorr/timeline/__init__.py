"""The timeline: facts on one reference clock, joined, kept, and asked."""
