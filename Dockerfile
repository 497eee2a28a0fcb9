# The official PostgreSQL image with cart_ext in it.
#
#   docker build -t postgres-cart-ext .                          # PG_MAJOR=15 on Debian bookworm
#   docker build --build-arg PG_MAJOR=17 --build-arg DEBIAN=trixie -t postgres-cart-ext:17 .
#   docker run -e POSTGRES_PASSWORD=… postgres-cart-ext
#
# A database "postgres" (or POSTGRES_DB) that is made by the first start has the extension and its tables.
# dev/chroot 17 dev/check --only package runs the RUN lines, as they stand here, in a Debian of its own.
ARG PG_MAJOR=15
ARG DEBIAN=bookworm

FROM postgres:${PG_MAJOR}-${DEBIAN} AS build
COPY . /srv/cart_ext
WORKDIR /srv/cart_ext
RUN dev/package --only $PG_MAJOR

FROM postgres:${PG_MAJOR}-${DEBIAN}
COPY --from=build /srv/cart_ext/build/package/*.deb /tmp/
RUN apt-get update && apt-get install -y --no-install-recommends /tmp/postgresql-$PG_MAJOR-cart-ext_*.deb && rm -rf /var/lib/apt/lists/* /tmp/*.deb
COPY contrib/docker-initdb.sql /docker-entrypoint-initdb.d/10_cart_ext.sql
CMD ["postgres", "-c", "shared_preload_libraries=cart_ext"]
