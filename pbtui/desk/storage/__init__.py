"""The paths of pbtui's files, and how they are written."""
