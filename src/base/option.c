#include "s2s/option.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fail.h"
#include "base/str.h"

#define QUOTED "%.60s" /* values come from outside and may be long */

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b))
            return false;
    return *a == *b;
}

const s2s_option *s2s_option_find(const s2s_option_table *table, const char *name)
{
    for (int i = 0; i < table->n_options; i++)
        if (same_name(table->options[i].name, name))
            return &table->options[i];
    return NULL;
}

/* Near enough to be a typing error: at most a third of the letters, but two in any word longer than that. */
static bool is_near(size_t distance, size_t length)
{
    return distance < length && distance <= (length > 6 ? length / 3 : 2);
}

const char *s2s_option_nearest(const s2s_option_table *table, const char *name)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (int i = 0; i < table->n_options; i++) {
        size_t distance = s2s_word_distance(name, table->options[i].name);
        if (distance < best) {
            best = distance;
            nearest = table->options[i].name;
        }
    }
    return is_near(best, strlen(name)) ? nearest : NULL;
}

/* The shortest digits that read back as the same value; whole numbers without an exponent. */
static void print_real(char *buf, size_t size, double value)
{
    if (isnan(value))
        snprintf(buf, size, "nan"); /* without the sign that printf may give it */
    else if (fabs(value) < 1e15 && value == floor(value))
        snprintf(buf, size, "%.0f", value);
    else
        for (int digits = 1; digits <= 17; digits++) {
            s2s_real_to_str(buf, size, digits, value);
            if (s2s_str_to_real(buf, NULL) == value)
                break;
        }
}

static void describe_range(const s2s_option *option, char *buf, size_t size)
{
    const char *what = option->type == S2S_OPTION_INT ? "a whole number" : "a number";
    bool from = option->type == S2S_OPTION_INT ? option->min > INT32_MIN : option->min > -INFINITY;
    bool to = option->type == S2S_OPTION_INT ? option->max < INT32_MAX : option->max < INFINITY;
    char min[32], max[32];
    print_real(min, sizeof min, option->min);
    print_real(max, sizeof max, option->max);
    if (from && to)
        snprintf(buf, size, "%s from %s to %s", what, min, max);
    else if (from)
        snprintf(buf, size, "%s of at least %s", what, min);
    else if (to)
        snprintf(buf, size, "%s of at most %s", what, max);
    else
        snprintf(buf, size, "%s", what);
}

static s2s_status fail_range(const s2s_option *option, const char *value, s2s_error *err)
{
    char range[96];
    describe_range(option, range, sizeof range);
    return s2s_fail(err, S2S_MISUSE, "--%s: expected %s, found \"" QUOTED "\"", option->name, range, value);
}

static bool is_in_range(const s2s_option *option, double number)
{
    return number >= option->min && number <= option->max;
}

static bool is_real(const s2s_option *option, double number)
{
    return isnan(number) ? option->min == -INFINITY && option->max == INFINITY : is_in_range(option, number);
}

static s2s_status set_bool(const s2s_option *option, bool *field, const char *value, s2s_error *err)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(value, words[i]) == 0) {
            *field = i % 2;
            return S2S_OK;
        }
    }
    return s2s_fail(err, S2S_MISUSE, "--%s: expected yes or no, found \"" QUOTED "\"", option->name, value);
}

/* A number in decimal, or "inf"; no white space, no hexadecimal.  *end: what follows it; NULL when there is
 * none. */
static double read_number(const char *value, const char **end)
{
    const char *digits = value + (*value == '-' || *value == '+');
    char *rest;
    bool decimal = *digits == '.' || (*digits >= '0' && *digits <= '9');
    bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    bool infinite = strcmp(digits, "inf") == 0;
    *end = NULL;
    if ((!decimal || hexadecimal) && !infinite)
        return 0;
    double number = s2s_str_to_real(value, &rest);
    if (rest != value)
        *end = rest;
    return number;
}

static s2s_status set_int(const s2s_option *option, int *field, const char *value, s2s_error *err)
{
    const char *end;
    double number = read_number(value, &end);
    bool fits = end && *end == '\0' && is_in_range(option, number) && number >= INT32_MIN &&
                number <= INT32_MAX && number == floor(number);
    if (!fits)
        return fail_range(option, value, err);
    *field = (int)number;
    return S2S_OK;
}

static s2s_status set_real(const s2s_option *option, double *field, const char *value, s2s_error *err)
{
    const char *end = "";
    double number = strcmp(value, "nan") == 0 ? NAN : read_number(value, &end);
    if (!end || *end != '\0' || !is_real(option, number))
        return fail_range(option, value, err);
    *field = number;
    return S2S_OK;
}

static bool is_duration(double amount, char unit)
{
    return amount >= 0 && amount < INFINITY && !signbit(amount) && unit != '\0' && strchr("eutm", unit);
}

static s2s_status fail_duration(const s2s_option *option, const char *value, s2s_error *err)
{
    return s2s_fail(
        err, S2S_MISUSE,
        "--%s: expected a duration such as 20e (epochs), 5000u (updates), 3e6t (target tokens), 90m "
        "(minutes) or 0, found \"" QUOTED "\"",
        option->name, value);
}

static s2s_status set_duration(const s2s_option *option, s2s_duration *field, const char *value, s2s_error *err)
{
    if (strcmp(value, "0") == 0) {
        *field = (s2s_duration){.amount = 0, .unit = 'u'};
        return S2S_OK;
    }
    const char *end;
    double amount = read_number(value, &end);
    if (!end || !is_duration(amount, *end) || end[1] != '\0')
        return fail_duration(option, value, err);
    *field = (s2s_duration){.amount = amount, .unit = *end};
    return S2S_OK;
}

static const char size_units[] = "KMG"; /* each 1024 of the one before */

/* Bytes of one unit; 0: there is no such unit. */
static double bytes_of_unit(const char *unit)
{
    const char *found = *unit ? strchr(size_units, *unit) : NULL;
    if (*unit == '\0')
        return 1;
    return found && unit[1] == '\0' ? pow(1024, (double)(found - size_units + 1)) : 0;
}

static bool is_size(double bytes)
{
    const double most = 1e15; /* exact as a double */
    return bytes >= 0 && bytes <= most && bytes == floor(bytes);
}

static s2s_status fail_size(const s2s_option *option, const char *value, s2s_error *err)
{
    return s2s_fail(err, S2S_MISUSE,
                    "--%s: expected a size in bytes such as 300M or 2G, or 0, found \"" QUOTED "\"",
                    option->name, value);
}

static s2s_status set_size(const s2s_option *option, int64_t *field, const char *value, s2s_error *err)
{
    const char *end;
    double number = read_number(value, &end);
    double unit = end ? bytes_of_unit(end) : 0;
    if (unit == 0 || signbit(number) || !is_size(number * unit))
        return fail_size(option, value, err);
    *field = (int64_t)(number * unit);
    return S2S_OK;
}

/* In the largest unit of which it is a whole number. */
static size_t print_size(int64_t bytes, char *buf, size_t size)
{
    int unit = 0;
    while (bytes != 0 && bytes % 1024 == 0 && size_units[unit]) {
        bytes /= 1024;
        unit++;
    }
    return (size_t)snprintf(buf, size, "%lld%.*s", (long long)bytes, unit > 0,
                            unit > 0 ? size_units + unit - 1 : "");
}

/* The index of a choice; -1. */
static int find_choice(const s2s_option *option, s2s_span name)
{
    s2s_span choice;
    const char *list = option->choices;
    for (int i = 0; s2s_span_next(&list, '|', &choice); i++)
        if (s2s_same_span(choice, name))
            return i;
    return -1;
}

static s2s_span choice_at(const s2s_option *option, int index)
{
    s2s_span choice = {0};
    const char *list = option->choices;
    for (int i = 0; s2s_span_next(&list, '|', &choice); i++)
        if (i == index)
            return choice;
    return (s2s_span){.data = "", .len = 0};
}

static void copy_span(char *buf, size_t size, s2s_span span)
{
    snprintf(buf, size, "%.*s", (int)(span.len < size ? span.len : size - 1), span.data);
}

/* "expected one of a, b, c, found x; did you mean b?" */
static s2s_status fail_choice(const s2s_option *option, s2s_span found, s2s_error *err)
{
    char word[61], name[61], all[121] = "", hint[96] = "";
    copy_span(word, sizeof word, found);
    size_t best = SIZE_MAX, n = 0;
    s2s_span choice;
    const char *list = option->choices;
    while (s2s_span_next(&list, '|', &choice)) {
        copy_span(name, sizeof name, choice);
        if (n < sizeof all)
            n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", n ? ", " : "", name);
        size_t distance = s2s_word_distance(word, name);
        if (distance < best && is_near(distance, strlen(word)))
            snprintf(hint, sizeof hint, "; did you mean %s?", name);
        if (distance < best)
            best = distance;
    }
    return s2s_fail(err, S2S_MISUSE, "--%s: expected one of %s, found \"%s\"%s", option->name, all, word, hint);
}

static s2s_status set_choice(const s2s_option *option, int *field, const char *value, s2s_error *err)
{
    s2s_span name = {.data = value, .len = strlen(value)};
    int index = find_choice(option, name);
    if (index < 0)
        return fail_choice(option, name, err);
    *field = index;
    return S2S_OK;
}

s2s_status s2s_option_set(const s2s_option *option, void *values, const char *value, s2s_error *err)
{
    void *field = (char *)values + option->offset;
    switch (option->type) {
    case S2S_OPTION_BOOL:
        return set_bool(option, field, value, err);
    case S2S_OPTION_INT:
        return set_int(option, field, value, err);
    case S2S_OPTION_REAL:
        return set_real(option, field, value, err);
    case S2S_OPTION_TEXT:
        *(const char **)field = *value ? value : NULL;
        return S2S_OK;
    case S2S_OPTION_CHOICE:
        return set_choice(option, field, value, err);
    case S2S_OPTION_DURATION:
        return set_duration(option, field, value, err);
    case S2S_OPTION_SIZE:
        return set_size(option, field, value, err);
    }
    return s2s_fail(err, S2S_MISUSE, "--%s: the table gives it no known type", option->name);
}

static size_t print_duration(const s2s_duration *duration, char *buf, size_t size)
{
    char amount[32];
    if (duration->amount == 0 && (duration->unit == 'u' || duration->unit == '\0'))
        return (size_t)snprintf(buf, size, "0");
    print_real(amount, sizeof amount, duration->amount);
    return (size_t)snprintf(buf, size, "%s%c", amount, duration->unit);
}

size_t s2s_option_print(const s2s_option *option, const void *values, char *buf, size_t size)
{
    const void *field = (const char *)values + option->offset;
    const char *text = "";
    char number[32];
    s2s_span choice;
    switch (option->type) {
    case S2S_OPTION_BOOL:
        text = *(const bool *)field ? "yes" : "no";
        break;
    case S2S_OPTION_INT:
        return (size_t)snprintf(buf, size, "%d", *(const int *)field);
    case S2S_OPTION_REAL:
        print_real(number, sizeof number, *(const double *)field);
        text = number;
        break;
    case S2S_OPTION_TEXT:
        text = *(const char *const *)field ? *(const char *const *)field : "";
        break;
    case S2S_OPTION_CHOICE:
        choice = choice_at(option, *(const int *)field);
        return (size_t)snprintf(buf, size, "%.*s", (int)choice.len, choice.data);
    case S2S_OPTION_DURATION:
        return print_duration(field, buf, size);
    case S2S_OPTION_SIZE:
        return print_size(*(const int64_t *)field, buf, size);
    }
    return (size_t)snprintf(buf, size, "%s", text);
}

bool s2s_option_same(const s2s_option *option, const void *a, const void *b)
{
    char first[64], second[64]; /* room for all but long texts */
    if (option->type == S2S_OPTION_TEXT) {
        const char *x = *(const char *const *)((const char *)a + option->offset);
        const char *y = *(const char *const *)((const char *)b + option->offset);
        return strcmp(x ? x : "", y ? y : "") == 0;
    }
    s2s_option_print(option, a, first, sizeof first);
    s2s_option_print(option, b, second, sizeof second);
    return strcmp(first, second) == 0;
}

s2s_status s2s_option_check(const s2s_option *option, const void *values, s2s_error *err)
{
    const void *field = (const char *)values + option->offset;
    const s2s_duration *duration = field;
    int index;
    char found[64];
    s2s_option_print(option, values, found, sizeof found);
    switch (option->type) {
    case S2S_OPTION_INT:
        return is_in_range(option, *(const int *)field) ? S2S_OK : fail_range(option, found, err);
    case S2S_OPTION_REAL:
        return is_real(option, *(const double *)field) ? S2S_OK : fail_range(option, found, err);
    case S2S_OPTION_CHOICE:
        index = *(const int *)field;
        if (choice_at(option, index).len > 0)
            return S2S_OK;
        snprintf(found, sizeof found, "%d", index);
        return fail_choice(option, (s2s_span){.data = found, .len = strlen(found)}, err);
    case S2S_OPTION_DURATION:
        if (duration->amount == 0 || is_duration(duration->amount, duration->unit))
            return S2S_OK;
        return fail_duration(option, found, err);
    case S2S_OPTION_SIZE:
        return is_size((double)*(const int64_t *)field) ? S2S_OK : fail_size(option, found, err);
    case S2S_OPTION_BOOL:
    case S2S_OPTION_TEXT:
        break;
    }
    return S2S_OK;
}
