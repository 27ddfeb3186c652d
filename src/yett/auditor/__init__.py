"""What would an attacker find? Rules over source, configs, manifests, catalogues and live endpoints, and reports."""
