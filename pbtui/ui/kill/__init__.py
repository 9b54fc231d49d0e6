"""The kill switch on the screen."""
