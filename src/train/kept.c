#include "train/kept.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"

enum { NAME_SIZE = 32 };

/* "1200.s2s" */
static void print_name(char name[NAME_SIZE], int64_t update)
{
    snprintf(name, NAME_SIZE, "%" PRId64 ".s2s", update);
}

/* Whether the entry is the model of an update, or the temporary file of one, whose name is filled in. */
static bool read_name(char name[NAME_SIZE], int64_t *update, const char *entry)
{
    *update = strtoll(entry, NULL, 10);
    print_name(name, *update);
    return *update > 0 && strncmp(entry, name, strlen(name)) == 0;
}

s2s_status s2s_kept_write(const char *folder, const s2s_train_options *options, const s2s_dataset *dataset,
                          const s2s_learner *learner, const s2s_progress *progress, s2s_error *err)
{
    char name[NAME_SIZE];
    print_name(name, progress->update);
    S2S_TRY(s2s_make_folder(folder, err));
    char *path = s2s_path_join(folder, name);
    if (!path)
        return s2s_fail_memory(err, "keeping a model");
    s2s_status status = s2s_best_write(path, options, dataset, learner, progress, err);
    free(path);
    return status;
}

static s2s_status prune_entry(const char *folder, const char *entry, const s2s_kept_list *list, s2s_error *err)
{
    char name[NAME_SIZE];
    int64_t update;
    s2s_status status = S2S_OK;
    if (!read_name(name, &update, entry))
        return S2S_OK;
    char *path = s2s_path_join(folder, name);
    if (!path)
        return s2s_fail_memory(err, "removing a model");
    s2s_remove_temporaries(path);
    if (!s2s_kept_list_has(list, update) && unlink(path) != 0 && errno != ENOENT)
        status = s2s_fail_errno(err, S2S_FAILED, "cannot remove %s", path);
    free(path);
    return status;
}

s2s_status s2s_kept_prune(const char *folder, const s2s_kept_list *list, s2s_error *err)
{
    s2s_status status = S2S_OK;
    DIR *entries = opendir(folder);
    if (!entries && errno == ENOMEM)
        return s2s_fail_memory(err, "removing models");
    if (!entries)
        return S2S_OK;
    for (const struct dirent *entry; status == S2S_OK && (entry = readdir(entries));)
        status = prune_entry(folder, entry->d_name, list, err);
    closedir(entries);
    if (list->n == 0)
        (void)rmdir(folder); /* fails where something else is in it */
    return status;
}

char *s2s_kept_find(const char *folder)
{
    char name[NAME_SIZE], *found = NULL;
    int64_t update;
    DIR *entries = opendir(folder);
    for (const struct dirent *entry; entries && !found && (entry = readdir(entries));)
        if (read_name(name, &update, entry->d_name) && strcmp(name, entry->d_name) == 0)
            found = s2s_path_join(folder, name);
    if (entries)
        closedir(entries);
    return found;
}
