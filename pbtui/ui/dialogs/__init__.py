"""The dialogs that others are built on."""
