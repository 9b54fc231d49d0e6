"""The exchange as the wire has it: models, the seven calls, every way a call can end. No state, no UI."""
