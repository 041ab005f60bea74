"""One server of `bench serve` in a process of its own: `python -m parallax.bench.serving VARIANT FD CORE [BODY]`.

The listening socket is inherited from the bench, so nobody else can answer in the server's place.
"""

import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from parallax import telemetry
from parallax.bench import processes
from parallax.bench.variants import made
from parallax.installation import located
from parallax.settings import load


def main(variant: str, descriptor: str, core: str, constant: str = "") -> None:
    processes.pin(0, int(core))
    settings = load()
    telemetry.configure_logs(settings.log_level)
    with located(settings) as urls:
        app = made(variant, settings, urls, Path(constant) if constant else None)
        config = uvicorn.Config(
            app, loop="uvloop", http="httptools", log_level="warning", access_log=False, server_header=False
        )
        sampling = os.environ.get("PARALLAX_BENCH_PROFILE")
        if sampling:
            from parallax.bench.sampling import Sampler

            with Sampler(Path(sampling), signal.SIGUSR1):
                uvicorn.Server(config).run([socket.socket(fileno=int(descriptor))])
        else:
            uvicorn.Server(config).run([socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main(*sys.argv[1:])
