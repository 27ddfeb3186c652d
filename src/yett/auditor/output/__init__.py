"""Reports drawn: for terminals, browsers, paper and programs. Each form reads a Report and nothing else."""
