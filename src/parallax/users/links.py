"""Which ids belong to which users, and what may be declared of them (I1). Pure."""

from collections.abc import Iterable, Mapping


class Refused(ValueError):
    """A declaration that does not agree with what was declared before."""

    def __init__(self, alias: int) -> None:
        super().__init__(alias)
        self.alias = alias


class Circle(Refused):
    """The user belongs to the alias already, or is it."""


class Taken(Refused):
    """The alias belongs to another user already."""


class Links:
    """Ids are numbers. `users`: of each id that was declared to be another's, who that is, at the end of the chain."""

    def __init__(self, users: Mapping[int, int]) -> None:
        self._users = users
        self._moved: dict[int, int] = {}

    def user(self, actor: int) -> int:
        """Whose the id is by now; its own where nothing was declared."""
        at = start = self._users.get(actor, actor)
        while at in self._moved:
            at = self._moved[at]
        while start != at:  # the next look-up is short, however long the chain
            self._moved[start], start = at, self._moved[start]
        return at

    def declare(self, actor: int, aliases: Iterable[int]) -> None:
        """All of `aliases` belong to whom `actor` belongs to. Raises Refused with nothing changed."""
        user = self.user(actor)
        fresh = []
        for alias in dict.fromkeys(aliases):
            its = self.user(alias)
            if alias in (actor, user):
                raise Circle(alias)
            if its == user:
                continue  # said before
            if its != alias:
                raise Taken(alias)
            fresh.append(alias)
        self._moved.update(dict.fromkeys(fresh, user))

    @property
    def moved(self) -> dict[int, int]:
        """Those that were users and are another's by now: at the end of the chain, whose."""
        return {actor: self.user(actor) for actor in list(self._moved)}
