# syntax=docker/dockerfile:1
# The local stand-in for Sunshine Conversations as a container (docs/standIn.md): the package `sunroom`, built and
# installed as npm would install it, on a Debian with nothing but Node. Pin the images by digest, as your rules ask.
ARG NODE=24

FROM node:${NODE}-bookworm-slim AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm pack ./cli --pack-destination /

FROM node:${NODE}-bookworm-slim AS install
COPY --from=build /sunroom-*.tgz /
RUN npm install --prefix /opt/sunroom --ignore-scripts --no-audit --no-fund /sunroom-*.tgz "@dynoxide/linux-$(node -p process.arch)@1.2.1"

# Without npm, which nothing needs any more.
FROM debian:bookworm-slim AS standin
COPY --from=install /usr/local/bin/node /usr/local/bin/node
COPY --from=install /opt/sunroom /opt/sunroom
RUN useradd --uid 1000 --no-create-home --shell /usr/sbin/nologin sunroom \
  && install --directory --owner=sunroom --group=sunroom --mode=0700 /sunroom /sunroom/.local
ENV PATH=/opt/sunroom/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# The name by which other containers call it in compose.yaml; `-e SUNROOM_ALLOWED_HOSTS=…` sets others.
ENV SUNROOM_ALLOWED_HOSTS=sunroom
# The command line finds the server and its key in .local here.
WORKDIR /sunroom
USER 1000:1000
VOLUME /sunroom/.local
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=15s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/local/control/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["sunroom"]
CMD ["start", "--host", "0.0.0.0"]
