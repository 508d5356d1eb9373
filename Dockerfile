# An image that holds one file: the executable with the history. It is built only if the history was proven.
#
#   docker build --tag migrator .                                                the example, migrations/
#   docker build --tag migrator --build-context migrations=./db/migrations .     your own folder
#   docker build --target proof --output db/migrations \
#       --build-context migrations=./db/migrations .                             the proof, to be committed
#
# BuildKit builds it, as Docker does since version 23, or Buildah. No `# syntax` line: nothing else is downloaded for it.

# Debian, with the toolchain of rust-toolchain.toml; the tag has its version. For a build that stays the same
# for ever, or from a registry of yours, give the image with its digest:
#   --build-arg BUILD_IMAGE=rust:1.95.0-slim-bookworm@sha256:…
ARG BUILD_IMAGE=docker.io/library/rust:1.95.0-slim-bookworm

# What is baked, unless --build-context gives a folder of that name.
FROM scratch AS migrations
COPY migrations /

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY deploy/image/prepare deploy/image/prepare
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
    deploy/image/prepare
COPY . .
COPY --from=migrations / /migrations/
# The git commit, which the folder .git would tell: --build-arg COMMIT="$(git rev-parse HEAD)".
ARG COMMIT=
# `all` proves everything anew, whatever migrator.lock says.
ARG PROVE=stale
# Cargo sees by its time that a file has changed; a copied one may be older than what the cache was built from.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    find . /migrations -path ./target -prune -o -exec touch {} + && \
    MIGRATOR_COMMIT="${COMMIT}" PROVE="${PROVE}" deploy/image/build /migrations /out

# migrator.lock and schema.sql as the build found or made them.
FROM scratch AS proof
COPY --from=build /out/proof /

FROM scratch
ARG COMMIT=
LABEL org.opencontainers.image.title="migrator" \
      org.opencontainers.image.description="A PostgreSQL schema history, compiled into one executable" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${COMMIT}"
COPY --from=build /out/migrator /migrator
# A number, because there is no /etc/passwd; Kubernetes' runAsNonRoot needs one, too.
USER 65532:65532
STOPSIGNAL SIGTERM
# No HEALTHCHECK: a migration ends, and its exit code is its health. `serve` has /healthz and /readyz for an orchestrator.
ENTRYPOINT ["/migrator"]
CMD ["up", "--wait", "60s"]
