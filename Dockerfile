# balasan as one static binary on an empty image. The data folder is a volume; everything else
# comes from the environment (BALASAN_…) or a configuration file mounted at /etc/balasan.yaml.

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/balasan ./cmd/balasan
RUN mkdir -m 0700 /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/balasan /balasan
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV BALASAN_LISTEN=0.0.0.0:8080 \
    BALASAN_DATA=/data \
    BALASAN_LOG_FORMAT=json
EXPOSE 8080
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=4s --start-period=10s CMD ["/balasan", "healthcheck"]
ENTRYPOINT ["/balasan"]
CMD ["serve"]
