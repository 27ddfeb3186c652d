"""Floor 2: the policy decision point. Default deny, deny wins, grants named."""
