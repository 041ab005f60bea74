"""The narrow roles that serve: made by `migrate`, checked by `serve`.

The reading role reads, the writing role writes, the role for free SQL may touch nothing yet. Their passwords are derived
from PARALLAX_SECRET_KEY, so that one DATABASE_URL suffices; only SCRAM verifiers of them travel to the server.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from parallax.db import Owner, connected
from parallax.errors import SetupError
from parallax.settings import Settings

ATTRIBUTES = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit -1"


@dataclass(frozen=True, slots=True)
class Roles:
    """Names and passwords of the serving roles of one installation."""

    prefix: str
    app_password: str
    ingest_password: str
    sql_password: str
    scope_key: bytes

    @classmethod
    def of(cls, settings: Settings) -> "Roles":
        app, ingest, sql = (settings.derived(f"role/{name}").hex() for name in ("app", "ingest", "sql"))
        return cls(settings.role_prefix, app, ingest, sql, settings.derived("scope"))

    def urls(self, owner_url: str) -> tuple[str, str]:
        """The reading and the writing role's URL for the database of `owner_url`."""
        return (
            _as_role(owner_url, f"{self.prefix}_app", self.app_password),
            _as_role(owner_url, f"{self.prefix}_ingest", self.ingest_password),
        )

    async def make(self, owner: Owner) -> None:
        """Roles, their grants, and the key that their scopes are sealed with."""
        names = {part: f"{self.prefix}_{part}" for part in ("app", "ingest", "sql")}
        passwords = {"app": self.app_password, "ingest": self.ingest_password, "sql": self.sql_password}
        await self._may_make(owner, list(names.values()))
        async with owner.transaction():
            await owner.rows("select pg_advisory_xact_lock(hashtext('parallax.roles'))")
            for part, name in names.items():
                if not await owner.value("select exists (select from pg_roles where rolname = $1)", name):
                    await owner.script(f'create role "{name}" {ATTRIBUTES}')
                await owner.script(f"alter role \"{name}\" password '{scram_verifier(passwords[part])}'")
            database = await owner.value("select quote_ident(current_database())")
            grants = (Path(__file__).parent / "grants.sql").read_text()
            await owner.script(grants.format(database=database, **{part: f'"{name}"' for part, name in names.items()}))
            await owner.rows(
                "insert into parallax_private.signing (key) values ($1) on conflict (single) do update set key = $1",
                self.scope_key,
            )

    async def _may_make(self, owner: Owner, names: list[str]) -> None:
        may = await owner.value("select rolcreaterole or rolsuper from pg_roles where rolname = current_user")
        if not may:
            role = await owner.value("select current_user")
            raise SetupError(
                f"Role {role} may not create roles: as a superuser run `alter role {role} createrole`, or create "
                f"{', '.join(names)} and give {role} the admin option on them."
            )


def scram_verifier(password: str) -> str:
    """What PostgreSQL stores of a password (RFC 5803): sent in its place, so that no server log ever holds it."""
    salt, rounds = secrets.token_bytes(16), 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${rounds}:{salt64}${stored64}:{server64}"


def _as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in ("user", "password")]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password)}@{place}", query=urlencode(query)))


OPEN_TABLES = """
select c.oid::regclass::text as name
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'client_id' and not a.attisdropped
where c.relnamespace = 'parallax'::regnamespace and c.relkind in ('r', 'p')
  and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
order by 1
"""
UNSAFE_ROLE = """
select current_user::text as role, r.rolsuper, r.rolbypassrls,
       exists (select from pg_class where relnamespace = 'parallax'::regnamespace
               and pg_has_role(current_user, relowner, 'usage')) as owns,
       has_database_privilege(current_database(), 'temporary') as may_shadow,
       quote_ident(current_database()) as database
from pg_roles r where r.rolname = current_user
"""


async def check_serving(*urls: str) -> None:
    """Refuses to serve as a role, or on tables, that row-level security does not bind."""
    for url in urls:
        async with connected(url) as role:
            [row] = await role.rows(UNSAFE_ROLE)
            wrong = [
                what
                for what, bad in (
                    ("a superuser", row["rolsuper"]),
                    ("exempt from row-level security", row["rolbypassrls"]),
                    ("owner of the tables", row["owns"]),
                )
                if bad
            ]
            if wrong:
                raise SetupError(
                    f"Role {row['role']} is {' and '.join(wrong)}: the gateway serves only as the roles that "
                    "`parallax migrate` makes. Leave PARALLAX_APP_URL and PARALLAX_INGEST_URL unset, or name those roles."
                )
            if row["may_shadow"]:
                raise SetupError(
                    f"Role {row['role']} may make temporary tables: as the database's owner run "
                    f"`revoke temporary on database {row['database']} from public`."
                )
            names = [each["name"] for each in await role.rows(OPEN_TABLES)]
            if names:
                raise SetupError(f"Without forced row-level security: {', '.join(names)}. Run `parallax migrate`.")
