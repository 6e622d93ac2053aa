#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "signals.h"

enum { MAX_TEMPORARIES = 1000 };

static s2s_status write_failed(const cli_output *output, int number, s2s_error *err)
{
    if (number == EPIPE)
        return cli_fail(err, S2S_FAILED, "%s", "");
    bool full = number == ENOSPC || number == EDQUOT || number == EFBIG || number == ENOMEM;
    return cli_fail(err, full ? S2S_EXHAUSTED : S2S_FAILED, "%s: cannot write: %s", output->name,
                    strerror(number ? number : EIO));
}

/* The file that path leads to through links, or path itself where there is none yet. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);
    return real ? real : strdup(path);
}

/* Opens target.PID.N.tmp for the first N that is free: a killed process may have left some, and in a container
 * every process has the same number. */
static int create_temporary(cli_output *output, size_t size, mode_t mode)
{
    for (int n = 0; n < MAX_TEMPORARIES; n++) {
        snprintf(output->temporary, size, "%s.%ld.%d.tmp", output->target, (long)getpid(), n);
        int fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static s2s_status open_temporary(cli_output *output, mode_t mode, s2s_error *err)
{
    size_t size = strlen(output->target) + 64;
    output->temporary = malloc(size);
    if (!output->temporary)
        return cli_out_of_memory(err);
    int fd = create_temporary(output, size, mode);
    if (fd < 0) {
        s2s_status status = cli_fail(err, S2S_FAILED, "%s: cannot create: %s", output->name, strerror(errno));
        free(output->temporary);
        output->temporary = NULL;
        return status;
    }
    cli_signals_remove(output->temporary);
    output->file = fdopen(fd, "wb");
    return output->file ? S2S_OK : cli_out_of_memory(err);
}

static s2s_status open_file(cli_output *output, const char *path, s2s_error *err)
{
    struct stat info;
    bool exists = stat(path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode))
        return cli_fail(err, S2S_FAILED, "%s: cannot write: %s", path, strerror(EISDIR));
    if (exists && !S_ISREG(info.st_mode)) {
        output->file = fopen(path, "wb");
        return output->file ? S2S_OK : cli_fail(err, S2S_FAILED, "%s: cannot write: %s", path, strerror(errno));
    }
    output->target = resolve(path);
    if (!output->target)
        return cli_out_of_memory(err);
    return open_temporary(output, exists ? info.st_mode & 0777 : 0666, err);
}

s2s_status cli_output_open(cli_output *output, const char *path, s2s_error *err)
{
    *output = (cli_output){.name = path};
    if (path && strcmp(path, "-") != 0) {
        s2s_status status = open_file(output, path, err);
        return status ? cli_output_close(output, status, err) : S2S_OK;
    }
    output->file = stdout;
    output->name = "standard output";
    return S2S_OK;
}

s2s_status cli_output_flush(cli_output *output, s2s_error *err)
{
    errno = 0;
    if (fflush(output->file) == 0 && !ferror(output->file))
        return S2S_OK;
    return write_failed(output, errno, err);
}

/* The data is on the disk before the name is, so that a crash cannot leave an empty file. */
static s2s_status put_in_place(cli_output *output, s2s_error *err)
{
    if (fsync(fileno(output->file)) != 0 && errno != EINVAL && errno != EROFS)
        return write_failed(output, errno, err);
    if (rename(output->temporary, output->target) != 0)
        return cli_fail(err, S2S_FAILED, "%s: cannot replace: %s", output->name, strerror(errno));
    return S2S_OK;
}

s2s_status cli_output_close(cli_output *output, s2s_status status, s2s_error *err)
{
    if (output->file && !status)
        status = cli_output_flush(output, err);
    if (output->temporary) {
        if (!status)
            status = put_in_place(output, err);
        if (status)
            unlink(output->temporary);
        cli_signals_remove(NULL);
    }
    if (output->file && output->file != stdout)
        fclose(output->file);
    free(output->temporary);
    free(output->target);
    *output = (cli_output){0};
    return status;
}

s2s_status cli_output_json(cli_output *output, json_t *value, s2s_error *err)
{
    /* not json_dumps (2.14), which loses a part of the text and goes on where an allocation is refused; what
     * the file refuses, cli_output_flush tells */
    bool whole = value && (json_dumpf(value, output->file, JSON_COMPACT | JSON_REAL_PRECISION(8)) == 0 ||
                           ferror(output->file));
    json_decref(value);
    if (!whole)
        return cli_out_of_memory(err);
    fputc('\n', output->file);
    return S2S_OK;
}

json_t *cli_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *cli_json_text(const char *text)
{
    return text ? json_string(text) : json_null();
}

static void drop_unless(bool done, json_t **container)
{
    if (done)
        return;
    json_decref(*container);
    *container = NULL;
}

void cli_json_set(json_t **object, const char *name, json_t *value)
{
    drop_unless(json_object_set_new(*object, name, value) == 0, object);
}

void cli_json_append(json_t **list, json_t *value)
{
    drop_unless(json_array_append_new(*list, value) == 0, list);
}

s2s_status cli_print_json(json_t *value, s2s_error *err)
{
    cli_output output;
    s2s_status status = cli_output_open(&output, NULL, err);
    if (status)
        json_decref(value);
    else
        status = cli_output_json(&output, value, err);
    return cli_output_close(&output, status, err);
}
