#!/bin/sh
# Installs the C library: its files, onebit.h, and onebit.pc, which tells pkg-config of both.
#   crates/capi/install.sh                     builds it, and installs it into /usr/local
#   crates/capi/install.sh PREFIX              into another folder, such as ~/.local
#   crates/capi/install.sh PREFIX BUILT        takes libonebit.so and libonebit.a from the folder BUILT
# What onebit.pc names follows the folder that it lies in, so PREFIX may be moved. DESTDIR goes before PREFIX, as packages of
# distributions have it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix=${1:-/usr/local}
built=${2:-}
to=${DESTDIR:-}$prefix

if [ -z "$built" ]; then
    cd "$here/../.."
    # One kind at a time, so that they are optimised at link time.
    cargo rustc --profile dist -p onebit-c --lib --crate-type cdylib
    cargo rustc --profile dist -p onebit-c --lib --crate-type staticlib
    built=${CARGO_TARGET_DIR:-target}/dist
fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/../../Cargo.toml" | head -n 1)
[ -n "$version" ] || { echo "Cargo.toml: expected a version, found none" >&2; exit 1; }

mkdir -p "$to/lib/pkgconfig" "$to/include"
cp "$built/libonebit.so" "$built/libonebit.a" "$to/lib/"
cp "$here/include/onebit.h" "$to/include/"
sed -e "s,@version@,$version," -e 's,@prefix@,${pcfiledir}/../..,' "$here/onebit.pc.in" >"$to/lib/pkgconfig/onebit.pc"
chmod 644 "$to/lib/libonebit.a" "$to/include/onebit.h" "$to/lib/pkgconfig/onebit.pc"

cat <<END
installed $version:
  $to/lib/libonebit.so
  $to/lib/libonebit.a
  $to/lib/pkgconfig/onebit.pc
  $to/include/onebit.h
END
# What a package is made of is not there yet, and the system's own folders are searched anyway.
case ${DESTDIR:-}$prefix in
/usr | /usr/local) ;;
"$prefix") echo "pkg-config finds it with: export PKG_CONFIG_PATH=$to/lib/pkgconfig" ;;
esac
