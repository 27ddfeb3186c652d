"""The attack suite: every case of the threat catalogue as data, thrown at a running gateway.

Run it with `make attack`; `docs/explanation/attack-suite.md` says how it judges.
"""
