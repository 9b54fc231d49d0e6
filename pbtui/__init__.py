"""pbtui: the order desk in a terminal for PowerBot's OrdersApi."""

__version__ = "0.2.0"
