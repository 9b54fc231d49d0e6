"""The store that the desks of a team share: halts, and the sends that a halt must wait for."""
