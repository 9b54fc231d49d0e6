"""An exchange to practise on, over real HTTP."""
