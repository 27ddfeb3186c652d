"""What measures the gateway beside nginx: the stage it is measured on, the measures, and the pages they become."""
