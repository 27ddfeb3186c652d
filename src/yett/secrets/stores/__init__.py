"""One file per store of secrets; each speaks its store's own protocol and nothing else."""
