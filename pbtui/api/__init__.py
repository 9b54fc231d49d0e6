"""The exchange as the wire has it: models, the seven calls, every way a call can end. No state, no UI."""

import sys

# httpx brings a command line of its own along where rich is installed, which takes longer to import than all the rest
# of it: too long on the way to a kill. Without it httpx is whole but for its command.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
