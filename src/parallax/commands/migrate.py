"""`parallax migrate`: the database brought to this release."""


def migrate() -> None:
    """Bring the database to this release: tables, roles and grants.

    Needs DATABASE_URL as the role that owns the tables (or the embedded server). Repeating it changes nothing; a
    database of a newer release is refused.

    Example: DATABASE_URL=postgresql://owner:secret@db.internal/parallax parallax migrate

    Exit codes: 0 done or up to date, 1 failed.
    """
    from parallax import installation
    from parallax.commands.running import run_loop, settings
    from parallax.errors import SetupError

    chosen = settings(migrate="on")
    with installation.located(chosen) as urls:
        if urls.owner is None:
            raise SetupError("Migrating needs the tables' owner: set DATABASE_URL beside the narrow roles' URLs.")
        done = run_loop(installation.prepare(chosen, urls))
    for each in done:
        print(f"applied {each}")
    if not done:
        print("up to date")
