"""Numbered SQL, applied in order under a lock, forward only; and the roles that serve what it made."""

from parallax.migrations.roles import Roles, check_serving
from parallax.migrations.runner import applied, known, migrate

__all__ = ["Roles", "applied", "check_serving", "known", "migrate"]
