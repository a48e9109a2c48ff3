// What starting and watching processes needs of Linux and Swift's Glibc module does not show.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stddef.h>
#include <sys/types.h>

/// Starts `path` in a session and process group of its own, with `/dev/null` as standard input, `output` as standard
/// output and error, `extra` (unless it is -1) as descriptor 3, `collect` (unless it is -1) as CPROCESS_COLLECT and nothing
/// else open; all signals at their defaults. Returns 0 or an errno value.
int cprocess_spawn(
    const char *path, char *const argv[], char *const envp[], const char *directory, int output, int extra, int collect,
    pid_t *pid);

/// Where a process finds the file for what is collected of it: no shell takes this number by itself.
#define CPROCESS_COLLECT 97

/// An empty file in memory; -1 on failure.
int cprocess_memory_file(void);

/// A descriptor that polls readable once the process has ended; -1 on failure.
int cprocess_pidfd(pid_t pid);

/// A file in memory with this content, sealed: nobody can change it, not even its owner. -1 on failure.
int cprocess_sealed_file(const void *bytes, size_t count);

/// A pipe that no other process inherits, its reading end not blocking. -1 on failure.
int cprocess_pipe(int ends[2]);

/// Where `needle` first stands; NULL where it does not.
const void *cprocess_find(const void *bytes, size_t count, const void *needle, size_t length);

/// The status of a child that has ended, not waiting: 0..255 its exit code, 256 + n the signal n; -1 still running.
int cprocess_reap(pid_t pid);

#endif
