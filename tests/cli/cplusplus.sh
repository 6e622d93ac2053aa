# Every public header compiles by itself, in C and in C++, and a C++ program links with every public function.
set -eu
. "$(dirname "$0")/helpers"
cxx=${CXX:-c++}
command -v "$cxx" >found.txt || { echo "no C++ compiler"; exit 77; }

sanitize=$(sanitize_option)
headers=$(find "$source/include/s2s" "$binary/generated/s2s" -name '*.h')
flags="-Wall -Wextra -pedantic -Werror $sanitize -I$source/include -I$binary/generated"

for header in $headers; do
    name=s2s/$(basename "$header")
    echo "#include \"$name\"" >alone.c
    cc -std=c11 $flags -fsyntax-only alone.c || fail "$name: expected a header that compiles by itself in C"
    "$cxx" -std=c++11 $flags -fsyntax-only -x c++ alone.c || fail "$name: expected a header that compiles by itself in C++"
done

functions=$(sed -n 's/^S2S_API .*[ *]\(s2s_[a-z0-9_]*\)(.*/\1/p' $headers)
[ "$(echo "$functions" | wc -l)" -gt 30 ] || fail "expected to find the public functions, found: $functions"
{
    for header in $headers; do
        echo "#include \"s2s/$(basename "$header")\""
    done
    echo '#include <cstdio>'
    echo 'int main() { void *const functions[] = {'
    for function in $functions; do
        echo "reinterpret_cast<void *>(&$function),"
    done
    echo '}; for (void *function : functions) if (!function) return 1;'
    echo 'std::puts(s2s_version()); return 0; }'
} >all.cpp
"$cxx" -std=c++11 $flags all.cpp -o all -L"$binary" -ls2s -Wl,-rpath,"$binary" || fail "a C++ program does not link"
[ "$(./all)" = "$(sed -n 's/^#define S2S_VERSION "\(.*\)".*/\1/p' "$binary/generated/s2s/version.h")" ] ||
    fail "unexpected version: $(./all)"
