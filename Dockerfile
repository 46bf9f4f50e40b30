# Sinter on the CPU: the compiled program and its production dependencies, on Debian, as a user without privileges.
#
#   docker build -t sinter .
#   docker run --rm -v "$PWD/photos:/photos:ro" -v sinter-models:/data/models -v sinter-galleries:/data/index-data \
#     sinter train /photos --out models/shop
#   docker run ... sinter index /photos --model models/shop --gallery shop
#   docker run ... sinter keys create web-shop
#   docker run ... -p 127.0.0.1:8080:8080 sinter serve --gallery shop --host 0.0.0.0
#
# `serve` listens on the loopback interface unless told otherwise, and a container's loopback ends at the container: hence
# `--host 0.0.0.0` inside, which takes an API key, and `-p 127.0.0.1:8080:8080`, which decides who reaches it.
# docs/operating.md says how keys, limits and jobs work.
# A gallery keeps the absolute paths of its images, so mount a folder where it was when it was indexed.
#
# CUDA: not part of this image, and training and serving choose the CPU. The libraries that ONNX Runtime would need are not
# in the npm registry: `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node` fetches them from NuGet (x64 only;
# package.json's `allowScripts` must let it), and the last stage must then be based on an image with CUDA 12 and cuDNN 9.

FROM node:24-bookworm AS build
WORKDIR /app
# Node's headers come with the image; node-gyp would download them.
ENV npm_config_nodedir=/usr/local
# By `--build-arg CXXFLAGS=-march=x86-64-v3` hnswlib is a quarter faster, and runs only on CPUs with AVX2.
ARG CXXFLAGS=""
COPY package.json package-lock.json .npmrc ./
# Of all packages, only hnswlib-node is compiled; `prepare` would want the sources, which come later.
RUN npm ci --ignore-scripts && npm rebuild hnswlib-node
COPY tsconfig.json tsconfig.build.json ./
COPY retrieval retrieval
COPY trainer trainer
COPY server server
COPY scripts scripts
RUN npm run build && npm prune --omit=dev --ignore-scripts
# onnxruntime-node brings the libraries of every platform: five sixths of all its bytes.
RUN cd node_modules/onnxruntime-node/bin/napi-v6 && mv "linux/$(node -p process.arch)" here && rm -r linux darwin win32 \
  && mkdir linux && mv here "linux/$(node -p process.arch)"

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY server/page server/page
COPY scripts/demo/package.json scripts/demo/package-lock.json scripts/demo/
RUN ln -s /app/dist/scripts/sinter.js /usr/local/bin/sinter \
  && install -d -o node -g node /data /data/models /data/index-data
USER node
# `models` and `index-data` are looked for where the program runs.
WORKDIR /data
VOLUME ["/data/models", "/data/index-data"]
EXPOSE 8080
# Of use to `serve` on its usual port; other commands end before the first check counts.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["sinter"]
CMD ["--help"]
