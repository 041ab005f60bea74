"""Conversations, as Kore.ai counts them."""
