#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "terminal.h"

enum {
    BAR_MS = 100,    /* between two drawings of the bar */
    LINE_MS = 10000, /* between two plain lines */
    MAX_BAR = 30,    /* cells */
    MIN_BAR = 10,
    WIDE = 40, /* columns behind the counts from which on there is always room for a bar */
    LINE_BYTES = 512,
};

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void cli_metric_print(int metric, double value, char *buf, size_t size)
{
    bool is_score = metric == S2S_VALID_BLEU || metric == S2S_VALID_CHRF || metric == S2S_VALID_TER;
    bool is_percent = !is_score && metric != S2S_VALID_LOSS && metric != S2S_VALID_PERPLEXITY;
    snprintf(buf, size, is_percent ? "%.2f %%" : is_score ? "%.2f" : "%.4f", value);
}

void cli_seconds_print(double seconds, char *buf, size_t size)
{
    const double most = 360000; /* 100 hours: an estimate beyond tells nothing */
    int s = (int)(seconds < 0 ? 0 : seconds > most ? most : seconds);
    if (s >= 3600)
        snprintf(buf, size, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(buf, size, "%d:%02d", s / 60, s % 60);
}

void cli_progress_start(cli_progress *progress, bool quiet)
{
    *progress = (cli_progress){
        .quiet = quiet,
        .live = !quiet && cli_terminal_is_live(stderr),
        .utf8 = cli_terminal_is_utf8(),
    };
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->bar_shown)
        fputs("\r\033[K", stderr);
    progress->bar_shown = false;
}

/* Time that is left, by the share of the work that is done; "" where that is not known. */
static void print_time_left(const s2s_train_event *event, char *buf, size_t size)
{
    char left[32];
    buf[0] = '\0';
    if (!(event->fraction > 0 && event->fraction < 1))
        return;
    cli_seconds_print(event->seconds * (1 - event->fraction) / event->fraction, left, sizeof left);
    snprintf(buf, size, "  %s left", left);
}

static void print_percent(const s2s_train_event *event, char *buf, size_t size)
{
    buf[0] = '\0';
    if (event->fraction >= 0)
        snprintf(buf, size, "  %3.0f %%", floor(fmin(event->fraction, 1) * 100));
}

/* The bar itself, of so many cells; with block characters in eighths of a cell. */
static void print_bar(double fraction, int cells, bool utf8, char *buf, size_t size)
{
    int eighths = (int)(fmin(fmax(fraction, 0), 1) * cells * 8);
    size_t n = 0;
    buf[n++] = '[';
    for (int i = 0; i < cells && n + 5 < size; i++) {
        int filled = eighths - i * 8 > 8 ? 8 : eighths - i * 8;
        if (utf8 && filled > 0) { /* U+2588 full block .. U+258F one eighth */
            memcpy(buf + n, "\xE2\x96", 2);
            buf[n + 2] = (char)(0x90 - filled);
            n += 3;
        } else {
            buf[n++] = !utf8 && filled == 8 ? '#' : ' ';
        }
    }
    buf[n++] = ']';
    buf[n] = '\0';
}

/* Adds the field unless the line would get longer than room. */
static void add_field(char *line, int room, const char *field)
{
    if ((int)(strlen(line) + strlen(field)) <= room)
        strcat(line, field);
}

/* What stands right of the bar, the most important first; what does not fit is left out. */
static void print_fields(const s2s_train_event *event, int room, char *line)
{
    char field[64];
    line[0] = '\0';
    print_percent(event, field, sizeof field);
    add_field(line, room, field);
    snprintf(field, sizeof field, "  loss %.4f", event->loss);
    add_field(line, room, field);
    print_time_left(event, field, sizeof field);
    add_field(line, room, field);
    snprintf(field, sizeof field, "  %6.0f tokens/s", event->tokens_per_second);
    add_field(line, room, field);
    snprintf(field, sizeof field, "  gradient %.2f", event->gradient_norm);
    add_field(line, room, field);
}

/* One line that fits the terminal: a wrapped one could not be redrawn. */
static void draw(cli_progress *progress, const s2s_train_event *event)
{
    char head[64], fields[LINE_BYTES], bar[MAX_BAR * 3 + 8] = "";
    bool has_bar = event->fraction >= 0;
    int n = snprintf(head, sizeof head, "epoch %lld  update %lld  ", (long long)event->epoch,
                     (long long)event->update);
    int room = cli_terminal_width(stderr) - 1 - n;
    if (room < 0)
        return;
    print_fields(event, has_bar && room > WIDE ? room - MIN_BAR - 2 : room, fields);
    int cells = room - (int)strlen(fields) - 2;
    if (has_bar && cells >= MIN_BAR)
        print_bar(event->fraction, cells < MAX_BAR ? cells : MAX_BAR, progress->utf8, bar, sizeof bar);
    fprintf(stderr, "\r%s%s%s\033[K", head, bar, fields);
    fflush(stderr);
    progress->bar_shown = true;
}

static void show_progress(cli_progress *progress, const s2s_train_event *event)
{
    double now = now_ms();
    if (progress->shown_ms > 0 && now - progress->shown_ms < (progress->live ? BAR_MS : LINE_MS))
        return;
    progress->shown_ms = now;
    if (progress->live) {
        draw(progress, event);
        return;
    }
    char percent[16], left[48];
    print_percent(event, percent, sizeof percent);
    print_time_left(event, left, sizeof left);
    fprintf(stderr, "epoch %lld  update %lld%s  loss %.4f  learn-rate %.3g  gradient %.3f  %.0f tokens/s%s\n",
            (long long)event->epoch, (long long)event->update, percent, event->loss, event->learn_rate,
            event->gradient_norm, event->tokens_per_second, left);
}

static void show_start(const s2s_train_event *event)
{
    fprintf(stderr, "%lld training pairs, %lld for validation, %lld left out\n", (long long)event->n_pairs,
            (long long)event->n_valid_pairs, (long long)event->n_skipped);
    fprintf(stderr, "%lld parameters; %d source pieces, %d target pieces\n", (long long)event->n_parameters,
            event->src_vocab, event->tgt_vocab);
    if (event->resumed)
        fprintf(stderr, "going on from update %lld, epoch %lld\n", (long long)event->update,
                (long long)event->epoch);
}

/* "memory: 123.4M of 300M: parameters 20.1M, ..." */
static void show_plan(const s2s_memory_plan *plan)
{
#define S2S_X(NAME, name) name,
    static const char *const names[] = {S2S_MEMORY_PART_LIST(S2S_X)};
#undef S2S_X
    const double mib = 1 << 20;
    fprintf(stderr, "memory: %.1fM of %.1fM", (double)plan->total / mib, (double)plan->budget / mib);
    const char *separator = ": ";
    for (int i = 0; i < S2S_N_MEMORY_PARTS; i++) {
        if (plan->parts[i] == 0)
            continue;
        fprintf(stderr, "%s%s %.1fM", separator, names[i], (double)plan->parts[i] / mib);
        separator = ", ";
    }
    fprintf(stderr, "\nbatches of %d tokens, %d per update\n", plan->batch_tokens, plan->accumulate);
}

static void show_validation(const s2s_train_event *event)
{
    char value[32], elapsed[32];
    cli_seconds_print(event->seconds, elapsed, sizeof elapsed);
    fprintf(stderr, "%8s  epoch %lld  update %lld  valid", elapsed, (long long)event->epoch,
            (long long)event->update);
    const char *separator = "  ";
    for (int i = 0; i < S2S_N_VALID_METRICS; i++) {
        if (isnan(event->valid[i]))
            continue;
        cli_metric_print(i, event->valid[i], value, sizeof value);
        fprintf(stderr, "%s%s %s", separator, s2s_valid_metric_name((s2s_valid_metric)i), value);
        separator = ", ";
    }
    fputs(event->best ? "  (best, saved)\n" : "\n", stderr);
}

void cli_progress_event(cli_progress *progress, const s2s_train_event *event)
{
    if (progress->quiet)
        return;
    if (event->kind == S2S_TRAIN_PROGRESS) {
        show_progress(progress, event);
        return;
    }
    cli_progress_end(progress);
    if (event->kind == S2S_TRAIN_START)
        show_start(event);
    else if (event->kind == S2S_TRAIN_PLAN)
        show_plan(&event->memory);
    else if (event->kind == S2S_TRAIN_VALID)
        show_validation(event);
}
