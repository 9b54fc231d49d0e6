"""The kill switch: halt, plan, requests, verification, report."""
