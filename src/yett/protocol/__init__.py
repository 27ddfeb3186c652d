"""Floor 2: MCP over bytes, sans-IO."""
