"""The fault suite: breaks what a gateway stands on, under load, and compares three ledgers afterwards.

Run it with `make chaos`; `docs/explanation/faults.md` says what must hold and how it is measured.
"""
