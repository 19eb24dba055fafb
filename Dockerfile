FROM python:3.11-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/mjwatch
ENV PATH=/opt/mjwatch/bin:$PATH

WORKDIR /src
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml LICENSE README.md ./
COPY bot bot
COPY adapters adapters
COPY storage storage
RUN pip install --no-deps --no-build-isolation .


FROM python:3.11-slim-bookworm

RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin mjwatch \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/mjwatch /opt/mjwatch

ENV PATH=/opt/mjwatch/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/mjwatch.db

# The parent of /data, so that a relative data folder is the volume as well.
WORKDIR /
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["mjwatch", "health"]
ENTRYPOINT ["mjwatch"]
CMD ["run"]
