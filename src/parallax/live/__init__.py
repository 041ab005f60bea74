"""Live answers: what wakes a subscription, and how it is told of a change."""
