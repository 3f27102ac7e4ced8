"""Coverage: needs, what counts towards them, demand, the plan, and how all that was before."""
