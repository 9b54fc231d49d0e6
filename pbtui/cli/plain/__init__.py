"""The plain session: the desk as lines and questions, for screen readers, braille displays and dumb terminals."""
