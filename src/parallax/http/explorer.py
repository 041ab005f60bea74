"""The explorer: a page for people at `GET /graphql`, and the files it consists of below `/static/`.

The files are built from `web/` and lie in the package. The page is the same for every request: nothing that a caller
sent is written into it, so there is nothing to escape and nothing to reflect.
"""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

STATIC: Final = Path(__file__).parent.parent / "static"
EXAMPLES: Final = Path(__file__).parent / "examples"

# The editor writes style elements and attributes while it draws, hence the one relaxation. Everything else comes from
# files of this host; the workers too, so no blob: address is needed.
PAGE_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
PAGE_HEADERS: Final = {
    "Content-Security-Policy": PAGE_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-cache",
    # The same address answers programs with JSON: a cache must keep the two apart.
    "Vary": "Accept",
}

# Spelled out, since what the system's own table says of .js differs from machine to machine.
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
COMPRESSED_ALREADY: Final = frozenset({".woff2"})

HASHED: Final = re.compile(r"-[\w-]{8}\.\w+$")
NAMED_IN_PAGE: Final = re.compile(r'(?:src|href)="\./static/([^"]+)"')


def routes() -> list[BaseRoute]:
    """The page's files. The page itself shares its path with the API, which decides by `Accept` who is asking."""
    return [Route("/static/{name}", static_file, methods=["GET"])]


def explorer_response() -> Response:
    return Response(page(), media_type="text/html", headers=PAGE_HEADERS)


@cache
def page() -> bytes:
    """The page with the examples in it, as data: a script element of this type is never run."""
    # "<" would let a text end the element that it stands in.
    examples = json.dumps(example_operations(), ensure_ascii=False).replace("<", "\\u003c")
    block = f'<script type="application/json" id="examples">{examples}</script>'
    template = (STATIC / "index.html").read_text(encoding="utf-8")
    return template.replace("<!--examples-->", block).encode()


def example_operations() -> list[dict[str, str | None]]:
    """`{title, query, variables}` of each example, by file name; the title is the comment on its first line."""
    examples: list[dict[str, str | None]] = []
    for path in sorted(EXAMPLES.glob("*.graphql")):
        query = path.read_text(encoding="utf-8")
        variables = path.with_suffix(".json")
        examples.append(
            {
                "title": query.partition("\n")[0].lstrip("# "),
                "query": query,
                "variables": variables.read_text(encoding="utf-8") if variables.exists() else None,
            }
        )
    return examples


def missing_files() -> list[str]:
    """What the page names and the package lacks: nothing, unless the build of `web/` was left out of it."""
    if not (STATIC / "index.html").exists():
        return ["index.html"]
    return [name for name in NAMED_IN_PAGE.findall(page().decode()) if name not in files()]


async def static_file(request: Request) -> Response:
    path = files().get(request.path_params["name"])
    if path is None:
        return PlainTextResponse("There is no such file.\n", status_code=404)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if HASHED.search(path.name) else "no-cache",
        # Binds a worker, which lives by the policy of its own file: it has nothing to fetch.
        "Content-Security-Policy": "default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if "gzip" in request.headers.get("Accept-Encoding", "") and path.suffix not in COMPRESSED_ALREADY:
        body = await run_in_threadpool(compressed, path)
        headers["Content-Encoding"] = "gzip"
    else:
        body = await run_in_threadpool(path.read_bytes)
    return Response(body, media_type=MEDIA_TYPES[path.suffix], headers=headers)


@cache
def files() -> dict[str, Path]:
    """Every file that may be asked for, by name. Only these are served, so no name can lead out of the folder."""
    return {path.name: path for path in STATIC.iterdir() if path.suffix in MEDIA_TYPES}


@cache
def compressed(path: Path) -> bytes:
    """The file in gzip, about 2 MB for all of them: made at the first request and kept."""
    return gzip.compress(path.read_bytes(), compresslevel=6)
