/* Files: mapped for reading, replaced atomically when written. */
#ifndef S2S_BASE_FILE_H
#define S2S_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "s2s/status.h"

typedef struct s2s_map {
    const char *data; /* not NULL, also for an empty file */
    size_t size;
    void *base_; /* private */
} s2s_map;

/* Maps a regular file read-only.  A missing file, a directory, an unreadable file: S2S_BAD_DATA with the
 * path in the message. */
s2s_status s2s_map_open(s2s_map *map, const char *path, s2s_error *err) S2S_MUST_USE;
void s2s_map_close(s2s_map *map); /* a zeroed map is allowed */

/* A file that appears under its name whole or not at all: written to a temporary file in the same folder,
 * then fsync, rename, fsync of the folder.  Its mode is 0644 less the umask. */
typedef struct s2s_writer s2s_writer;

s2s_status s2s_writer_open(s2s_writer **writer, const char *path, s2s_error *err) S2S_MUST_USE;
/* Errors are kept and reported by commit. */
void s2s_writer_add(s2s_writer *writer, const void *bytes, size_t n);
void s2s_writer_printf(s2s_writer *writer, const char *fmt, ...) S2S_PRINTF(2, 3);
/* Frees the writer whatever happens; on failure the old file is untouched and the temporary one removed (except
 * that the new file may be in place already when only the last step, the fsync of the folder, fails). */
s2s_status s2s_writer_commit(s2s_writer *writer, s2s_error *err) S2S_MUST_USE;
void s2s_writer_discard(s2s_writer *writer); /* NULL is allowed */
/* Opens a new file without a name, for reading and writing, in $TMPDIR or /tmp. */
s2s_status s2s_open_nameless(int *fd, s2s_error *err) S2S_MUST_USE;
/* Writes n bytes to a descriptor; 0, or the error number. */
int s2s_write_all(int fd, const void *bytes, size_t n);
/* Removes temporary files that writers of this path left because they were killed; those that are still being
 * written, by whatever process, stay.  What cannot be removed stays too. */
void s2s_remove_temporaries(const char *path);

/* Makes the folder where it does not exist (one level); a file in its place or a read-only parent fails
 * with S2S_FAILED. */
s2s_status s2s_make_folder(const char *path, s2s_error *err) S2S_MUST_USE;
bool s2s_is_folder(const char *path);
bool s2s_is_file(const char *path);
/* "folder/name" in memory of the caller's to free; NULL when out of memory. */
char *s2s_path_join(const char *folder, const char *name);

#endif
