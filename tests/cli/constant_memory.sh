# A stream takes as much memory after 200,000 lines as after 20,000, as text and as gzip.
set -eu
. "$(dirname "$0")/helpers"

if [ ! -r /proc/self/status ] || grep -q '__[at]san_init' "$S2S"; then
    echo "skipped: needs /proc, and a program without sanitizers, which keep freed memory"
    exit 77
fi

train_tiny run 5
awk 'BEGIN { for (i = 0; i < 2000; i++) print substr("abcdef", 1 + i % 6, 1) (i % 2 ? "" : " f") }' > chunk.txt

# repeat N COMMAND...: the chunk of 2,000 lines so often, through the command.
repeat() { for _ in $(seq "$1"); do cat chunk.txt; done | "${@:2}"; }
peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$1/status"; }

for way in cat 'gzip -1'; do
    rm -f ask answer
    mkfifo ask answer
    "$S2S" predict -m run -b 1 --max-length 1 --threads 1 < ask > answer &
    predictor=$!
    exec 3> ask 4< answer
    repeat 10 $way >&3 &
    head -n 20000 <&4 > /dev/null
    early=$(peak $predictor)
    repeat 90 $way >&3 &
    head -n 180000 <&4 > /dev/null
    late=$(peak $predictor)
    exec 3>&- 4<&-
    wait $predictor || fail "$way: bad end"
    [ "$early" -gt 1000 ] || fail "$way: expected a peak of memory, found $early kB"
    [ $((late - early)) -le 256 ] || fail "$way: the peak of memory grew from $early kB to $late kB"
done
