"""The one door to OpenTelemetry: what a request did, span by span. Off, nothing of it is imported and a span costs nothing.

Names follow the semantic conventions for HTTP servers, GraphQL and databases. No span holds a text that a caller sent, but
the name of an operation: neither documents, variables and addresses, nor the words of an exception.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

from parallax.errors import ParallaxError, SetupError
from parallax.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

Attribute: TypeAlias = str | int | float | bool
NEEDS: Final = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http.trace_exporter")
SENT_WITHIN_S: Final = 5.0
LONGEST_NAME: Final = 100


class Span:
    """Something that takes time, as a context manager. This one is told to nobody."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def tell(self, name: str, value: Attribute | None) -> None:
        """An attribute that is known only now; None is left out."""

    def fail(self, kind: str) -> None:
        """What it did went wrong; `kind` is one of few: a status, a code, the name of a class."""

    def answered(self, status: int) -> None:
        """How a request ended, by HTTP's word for it."""
        self.tell("http.response.status_code", status)
        if status >= 500:
            self.fail(str(status))

    @property
    def trace(self) -> str | None:
        """Id of the trace it belongs to, for the log; None where it is told to nobody."""
        return None


class _Told(Span):
    __slots__ = ("_api", "_attached", "_span")

    def __init__(self, api: "_Api", span: Any) -> None:
        self._api, self._span = api, span
        self._attached: Any = None

    def __enter__(self) -> Self:
        self._attached = self._api.attach(self._api.set_span_in_context(self._span))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._api.detach(self._attached)
        if isinstance(error, Exception):
            self.fail(error.code.value if isinstance(error, ParallaxError) else type(error).__qualname__)
        elif error is not None:
            self.tell("parallax.cancelled", True)
        self._span.end()

    def tell(self, name: str, value: Attribute | None) -> None:
        if value is not None:
            self._span.set_attribute(name, value)

    def fail(self, kind: str) -> None:
        self._span.set_attribute("error.type", kind)
        self._span.set_status(self._api.ERROR)

    @property
    def trace(self) -> str | None:
        return f"{self._span.get_span_context().trace_id:032x}"


class _Api:
    """What of the library is called while a request runs."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self.provider = provider
        self.tracer = provider.get_tracer("parallax", version("parallax"))
        self.attach, self.detach = context.attach, context.detach
        self.set_span_in_context = trace.set_span_in_context
        self.current = trace.get_current_span
        self.extract = TraceContextTextMapPropagator().extract
        self.nothing = context.Context()
        self.SERVER, self.CLIENT, self.INTERNAL = trace.SpanKind.SERVER, trace.SpanKind.CLIENT, trace.SpanKind.INTERNAL
        self.ERROR = trace.Status(trace.StatusCode.ERROR)


_UNTOLD: Final = Span()
_api: _Api | None = None


def check(settings: Settings) -> None:
    """SetupError where traces are wanted and cannot be had."""
    if settings.traces and not all(map(_is_there, NEEDS)):
        raise SetupError("PARALLAX_TRACES needs OpenTelemetry: `pip install 'parallax[otel]'`, or unset it.")


def configure(settings: Settings) -> None:
    """From here on as `settings` say; spans go where the variables OTEL_EXPORTER_OTLP_… point. SetupError as of `check`."""
    global _api
    check(settings)
    if not settings.traces:
        close()
    elif _api is None:
        _api = _Api(_provider())


def close() -> None:
    """Sends what was not sent yet, and ends. Waits for it a little, so not on an event loop that others need."""
    global _api
    if _api is not None:
        ended, _api = _api, None
        _bounded(ended.provider.shutdown)


def flush() -> None:
    """Sends what was not sent yet, and waits for it as `close` does."""
    if _api is not None:
        _bounded(_api.provider.force_flush)


def _bounded(sending: Callable[[], object]) -> None:
    """In a thread, since the library waits as long as it takes: a collector that is silent must not hold up our end."""
    thread = Thread(target=sending, daemon=True)
    thread.start()
    thread.join(SENT_WITHIN_S)


def span(name: str, **attributes: Attribute) -> Span:
    """Any step of ours. `name` and the names of `attributes` are constants of the code."""
    if _api is None:
        return _UNTOLD
    given = {f"parallax.{key}": value for key, value in attributes.items()}
    return _Told(_api, _api.tracer.start_span(name, kind=_api.INTERNAL, attributes=given))


def request(method: str, headers: Mapping[str, str]) -> Span:
    """A request to /graphql, as a part of the caller's trace where `traceparent` names one."""
    if _api is None:
        return _UNTOLD
    method = method if method in ("GET", "POST", "OPTIONS", "HEAD", "PUT", "PATCH", "DELETE") else "_OTHER"
    given = {"http.request.method": method, "http.route": "/graphql", "url.path": "/graphql", "url.scheme": "http"}
    parent = _api.extract(headers, _api.nothing)
    name = f"{'HTTP' if method == '_OTHER' else method} /graphql"
    return _Told(_api, _api.tracer.start_span(name, parent, _api.SERVER, given))


def look_up() -> Span:
    """Finding an operation: its text by hash or name, parsed, validated, bounded; from the cache or anew."""
    return span("look-up")


def execution(kind: str, operation: str | None) -> Span:
    """Running an operation; `kind` is query, mutation or subscription."""
    if _api is None:
        return _UNTOLD
    given = {"graphql.operation.type": kind}
    if operation is not None:
        given["graphql.operation.name"] = operation[:LONGEST_NAME]
    return _Told(_api, _api.tracer.start_span(kind, kind=_api.INTERNAL, attributes=given))


def batch(loader: str, keys: int) -> Span:
    """One call of a loader for so many keys."""
    if _api is None:
        return _UNTOLD
    given: dict[str, Attribute] = {"parallax.loader.name": loader, "parallax.loader.keys": keys}
    return _Told(_api, _api.tracer.start_span(f"load {loader}", kind=_api.INTERNAL, attributes=given))


def statement(name: str) -> Span:
    """One SQL statement by the name of its file, from waiting for a connection to the last row; of a request's alone."""
    if _api is None or not _api.current().get_span_context().is_valid:
        return _UNTOLD
    given = {"db.system.name": "postgresql", "db.query.summary": name}
    return _Told(_api, _api.tracer.start_span(name, kind=_api.CLIENT, attributes=given))


def vendor_call(system: str, endpoint: str) -> Span:
    """One call to a vendor. Its address is not told: some have their secret there."""
    if _api is None:
        return _UNTOLD
    given = {"parallax.vendor": system, "parallax.vendor.endpoint": endpoint}
    return _Told(_api, _api.tracer.start_span(f"call {endpoint}", kind=_api.CLIENT, attributes=given))


def _provider() -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # What the environment says of the service (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) goes before what we say.
    ours = Resource.create({"service.name": "parallax", "service.version": version("parallax")})
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
