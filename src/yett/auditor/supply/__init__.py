"""What a server is built of and by: packages, locks, requirements, workflows."""
