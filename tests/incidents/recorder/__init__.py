"""Starts real programs, drives real clients, performs a fault, and keeps what lies on the server afterwards."""
