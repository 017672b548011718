"""Scored matching: which records are one customer's, how surely, and why."""
