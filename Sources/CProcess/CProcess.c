#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int close_others(posix_spawn_file_actions_t *files, int first, int collect) {
    if (collect < 0) return posix_spawn_file_actions_addclosefrom_np(files, first);
    int failed = posix_spawn_file_actions_adddup2(files, collect, CPROCESS_COLLECT);
    for (int file = first; !failed && file < CPROCESS_COLLECT; file++) {
        failed = posix_spawn_file_actions_addclose(files, file);
    }
    if (failed) return failed;
    return posix_spawn_file_actions_addclosefrom_np(files, CPROCESS_COLLECT + 1);
}

static int prepare_files(
    posix_spawn_file_actions_t *files, const char *directory, int output, int extra, int collect) {
    int failed = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, output, 1);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, output, 2);
    if (!failed && extra >= 0) failed = posix_spawn_file_actions_adddup2(files, extra, 3);
    if (!failed) failed = close_others(files, extra >= 0 ? 4 : 3, collect);
    if (!failed && directory) failed = posix_spawn_file_actions_addchdir_np(files, directory);
    return failed;
}

int cprocess_spawn(
    const char *path, char *const argv[], char *const envp[], const char *directory, int output, int extra,
    int collect, pid_t *pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed) return failed;
    failed = posix_spawnattr_init(&attributes);
    if (failed) {
        posix_spawn_file_actions_destroy(&files);
        return failed;
    }
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    failed = prepare_files(&files, directory, output, extra, collect);
    if (!failed) failed = posix_spawnattr_setsigmask(&attributes, &none);
    if (!failed) failed = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!failed) {
        failed = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    if (!failed) failed = posix_spawn(pid, path, &files, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

int cprocess_pidfd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int cprocess_sealed_file(const void *bytes, size_t count) {
    int file = memfd_create("step", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -1;
    size_t written = 0;
    while (written < count) {
        ssize_t got = write(file, (const char *)bytes + written, count - written);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            close(file);
            return -1;
        }
        written += (size_t)got;
    }
    if (fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0
        || lseek(file, 0, SEEK_SET) != 0) {
        close(file);
        return -1;
    }
    return file;
}

int cprocess_memory_file(void) { return memfd_create("collected", MFD_CLOEXEC); }

int cprocess_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    // Fewer wake-ups for a script that prints much; the default serves where this is not allowed.
    fcntl(ends[0], F_SETPIPE_SZ, 1 << 18);
    return 0;
}

const void *cprocess_find(const void *bytes, size_t count, const void *needle, size_t length) {
    return memmem(bytes, count, needle, length);
}

int cprocess_reap(pid_t pid) {
    int status = 0;
    pid_t got;
    do got = waitpid(pid, &status, WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got == 0) return -1;
    if (got < 0) return 255;
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}
