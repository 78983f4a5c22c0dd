# Two stages: build with Rust, run on a bare Debian. The image holds one program and no shell tools of ours.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked && cp target/release/yumna /yumna

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /data yumna
COPY --from=build /yumna /usr/local/bin/yumna
USER 10001
WORKDIR /data
ENV YUMNA__DATA__DIR=/data YUMNA__SERVER__BIND=0.0.0.0
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["yumna", "health"]
ENTRYPOINT ["yumna"]
CMD ["serve"]
