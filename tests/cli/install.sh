# What is installed is found by pkg-config, CMake's find_package, man and shells, in whatever folder it is.
set -eu
. "$(dirname "$0")/helpers"
for tool in cc cmake pkg-config; do
    command -v "$tool" >found.txt || { echo "no $tool"; exit 77; }
done

sanitize=$(sanitize_option)
generator=$(sed -n 's/^CMAKE_GENERATOR:INTERNAL=//p' "$binary/CMakeCache.txt")
model=$source/tests/golden/format_1.s2s

# predicts PROGRAM HOW: it was built HOW and works.
predicts()
{
    "$1" "$model" 'a b c' >predict.txt || fail "examples/predict.c, built with $2, failed"
    [ "$(head -n 1 predict.txt | cut -f1,3)" = "a b c	c b a" ] ||
        fail "examples/predict.c, built with $2, printed: $(cat predict.txt)"
}

cmake --install "$binary" --prefix "$PWD/first" >install.txt
mv first prefix # to where no file can know of
prefix=$PWD/prefix
[ "$("$prefix/bin/s2s" --version)" = "$("$S2S" --version)" ] || fail "expected bin/s2s to work where it is installed"

# Manual pages and completions are those that the program prints.
share=$(dirname "$(find "$prefix" -name bash-completion)")
cmp "$share/man/man1/s2s.1" <("$S2S" help --man) || fail "s2s.1 is not what s2s help --man prints"
commands_of_overview | while read -r command; do
    cmp "$share/man/man1/s2s-$command.1" <("$S2S" help --man "$command") || fail "s2s-$command.1 is not installed as printed"
done
cmp "$share/bash-completion/completions/s2s" <("$S2S" help --completion bash) || fail "completion of bash"
cmp "$share/zsh/site-functions/_s2s" <("$S2S" help --completion zsh) || fail "completion of zsh"
cmp "$share/fish/vendor_completions.d/s2s.fish" <("$S2S" help --completion fish) || fail "completion of fish"
if grep -r -l -F -e "$binary" -e "$PWD/first" "$share"; then
    fail "installed files name the folders in which they were made"
fi

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name s2s.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # lists of options
cc -std=c11 $sanitize "$source/examples/predict.c" -o with-pkg-config $(pkg-config --cflags --libs s2s) \
    -Wl,-rpath,"$(pkg-config --variable=libdir s2s)"
predicts ./with-pkg-config pkg-config

mkdir user
cat >user/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C)
find_package(s2s $(pkg-config --modversion s2s) REQUIRED)
add_executable(predict $source/examples/predict.c)
target_link_libraries(predict PRIVATE s2s::s2s)
END
cmake -S user -B user/build -G "$generator" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$sanitize" >configure.txt
cmake --build user/build >build.txt || { cat build.txt >&2; fail "find_package(s2s) does not build"; }
predicts user/build/predict find_package
