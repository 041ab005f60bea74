# syntax=docker/dockerfile:1
# The gateway for a PostgreSQL of your own (compose.yaml brings one): docker build -t parallax .

# The wheel, and what it needs, installed where there is room for tools.
FROM python:3.13-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m venv /opt/parallax \
 && /opt/parallax/bin/pip install --no-cache-dir .

# What runs: Python, the installed package, nothing to build with.
FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/parallax --create-home parallax
COPY --from=build /opt/parallax /opt/parallax
ENV PATH=/opt/parallax/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PARALLAX_DATA_DIR=/var/lib/parallax
USER 10001
WORKDIR /var/lib/parallax
# Loops over events are compiled once here, not at each container's first start.
RUN python -c "from parallax.engine.kernels.warming import warm; warm()"
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["parallax"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
