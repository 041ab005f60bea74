"""What receives traces in a test: OTLP over HTTP on loopback, as a collector of an operator's does."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MOST = 5000


@dataclass(frozen=True, slots=True)
class Told:
    """A span as it arrived. `kind` and `failed` are in OpenTelemetry's words; ids are hex, `parent` empty for a root."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    failed: bool
    events: int


@dataclass(slots=True)
class Collector:
    """The last `MOST` spans and, as bytes, everything that came with them."""

    url: str
    spans: deque[Told] = field(default_factory=lambda: deque(maxlen=MOST))
    bodies: deque[bytes] = field(default_factory=lambda: deque(maxlen=100))
    resource: dict[str, Any] = field(default_factory=dict)

    def of_trace(self, trace: str) -> list[Told]:
        return [span for span in self.spans if span.trace == trace]

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resource = _attributes(group.resource)
            self.spans.extend(_told(span) for scope in group.scope_spans for span in scope.spans)


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _told(span: Any) -> Told:
    return Told(
        name=span.name,
        kind=span.kind,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        attributes=_attributes(span),
        failed=span.status.code == span.status.STATUS_CODE_ERROR,
        events=len(span.events),
    )


def _attributes(holder: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in holder.attributes}
