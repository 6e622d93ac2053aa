# One binary, any x86-64: kernels capped by S2S_ISA, and processors without AVX-512, without AVX2, without AVX
# emulated by qemu where that is installed.  Plain C may differ in the last bits, vector code may not.
set -eu
. "$(dirname "$0")/helpers"

train_tiny run 60
head -20 pairs.tsv > test.tsv
cut -f 1 test.tsv > test.txt

# answers FILE command...: what the model says and every token's score.
answers()
{
    file=$1
    shift
    S2S_THREADS=1 "$@" predict -m run --json test.txt > "$file" 2> err || { cat err >&2; fail "$*"; }
}

# near FILE FILE WHAT: the same but for numbers, which differ by 1e-4 at most.
near()
{
    awk -v RS='[^-+.0-9e]+' 'NR == FNR { first[FNR] = $0; n = FNR; next }
         { d = first[FNR] - $0; if (d > 1e-4 || d < -1e-4) exit 1 } END { exit FNR != n }' "$1" "$2" || fail "$3"
    sed 's/[-+]\{0,1\}[0-9][0-9.]*//g' "$1" > words1
    sed 's/[-+]\{0,1\}[0-9][0-9.]*//g' "$2" > words2
    same words1 words2 "$3"
}

answers best "$S2S"
S2S_ISA=ref answers ref "$S2S"
near best ref "plain C gives other answers"
S2S_ISA=avx2 answers avx2 "$S2S"
if grep -q avx2 /proc/cpuinfo; then
    same best avx2 "S2S_ISA=avx2 changed bits"
else
    same ref avx2 "S2S_ISA=avx2 without AVX2 changed bits"
fi

S2S_ISA='' answers empty "$S2S"
same best empty "an empty S2S_ISA is not as good as none"

if ! command -v qemu-x86_64 > /dev/null; then
    echo "SKIPPED: no qemu-x86_64 to emulate other processors"
elif nm "$S2S" 2> /dev/null | grep -q -e __asan -e __tsan; then
    echo "SKIPPED: a sanitizer does not run in the emulator"
else
    for processor in qemu64 Nehalem; do # SSE2 only; SSE4.2
        answers emulated qemu-x86_64 -cpu $processor "$S2S"
        same ref emulated "a $processor gives other answers than plain C"
    done
    answers emulated qemu-x86_64 -cpu Haswell "$S2S" # AVX2
    if grep -q avx2 /proc/cpuinfo; then
        same avx2 emulated "a Haswell gives other bits"
    else
        near ref emulated "a Haswell gives other answers"
    fi
fi
