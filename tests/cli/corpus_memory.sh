# Training takes as much memory for 400,000 pairs as for 20,000: what is known of each lies in a file.
set -eu
. "$(dirname "$0")/helpers"

if [ ! -r /proc/self/status ] || grep -q '__[at]san_init' "$S2S"; then
    echo "skipped: needs /proc, and a program without sanitizers, which keep freed memory"
    exit 77
fi

# Loaded before the program: tells at the end, in kilobytes, the most memory that it had besides mapped files.
cat > peak.c <<'END2'
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static long most;
static void look(void)
{
    char line[256];
    long kb;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "RssAnon: %ld", &kb) == 1 && kb > most)
            most = kb;
    if (status)
        fclose(status);
}
static void *watch(void *arg)
{
    for (;;) {
        look();
        usleep(2000);
    }
    return arg;
}
static __attribute__((constructor)) void begin(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, watch, NULL);
}
static __attribute__((destructor)) void end(void)
{
    look();
    FILE *file = fopen("peak", "w");
    fprintf(file, "%ld\n", most);
    fclose(file);
}
END2
cc -shared -fPIC peak.c -o peak.so -pthread

awk 'BEGIN { for (i = 0; i < 400000; i++) print substr("abcdefgh", 1 + i % 8, 1) " " i % 7 "\t" i % 5 }' > large.tsv
head -20000 large.tsv > small.tsv
head -10 large.tsv > valid.tsv
for size in small large; do
    LD_PRELOAD=$PWD/peak.so "$S2S" train $size.tsv --valid valid.tsv -o $size --curriculum 2 --corpus-weights 1.5 \
        --dim-emb 8 --dim-hidden 16 --after 3u --valid-every 0u --threads 1 --quiet
    cp peak $size.peak
done
more=$(($(cat large.peak) - $(cat small.peak)))
# of 24 bytes for each pair it would be 9 MB, and the text of the corpus has 3 MB
[ $more -lt 3000 ] || fail "400,000 pairs took ${more} kB more than 20,000"
