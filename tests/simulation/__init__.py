"""The real desk against the real simulator, in virtual time, from a seed. See docs/determinism.md."""
