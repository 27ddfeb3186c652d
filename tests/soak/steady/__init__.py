"""A gateway under mixed load for as long as one likes, and whether anything of it grows.

Stages, callers and the canary are those of the fault suite (`tests/chaos/storm`).
"""
