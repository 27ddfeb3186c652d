"""What a cluster is told: workloads, network policies, rights."""
