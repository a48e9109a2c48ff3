#define _GNU_SOURCE
#include "DiskFaults.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __linux__

struct watch {
  int used;
  char part[256];
  long syncs;
  int sync_error, write_error;
  long write_left;
};

static struct watch watches[16];
static int watching;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int disk_faults_watch(const char *part) {
  pthread_mutex_lock(&lock);
  int found = -1;
  for (int i = 0; i < 16 && found < 0; i++) {
    if (watches[i].used) continue;
    memset(&watches[i], 0, sizeof watches[i]);
    watches[i].used = 1;
    snprintf(watches[i].part, sizeof watches[i].part, "%s", part);
    __atomic_add_fetch(&watching, 1, __ATOMIC_SEQ_CST);
    found = i;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

void disk_faults_unwatch(int handle) {
  pthread_mutex_lock(&lock);
  watches[handle].used = 0;
  __atomic_sub_fetch(&watching, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&lock);
}

#define LOCKED(type, expression) \
  pthread_mutex_lock(&lock);     \
  type result = (expression);    \
  pthread_mutex_unlock(&lock);   \
  return result

long disk_faults_syncs(int handle) { LOCKED(long, watches[handle].syncs); }

void disk_faults_fail_syncs(int handle, int error) {
  pthread_mutex_lock(&lock);
  watches[handle].sync_error = error;
  pthread_mutex_unlock(&lock);
}

void disk_faults_fail_writes(int handle, int error, long after) {
  pthread_mutex_lock(&lock);
  watches[handle].write_error = error;
  watches[handle].write_left = after;
  pthread_mutex_unlock(&lock);
}

static int matches(const char *path, const char *part) {
  size_t length = strlen(part);
  if (length == 0 || part[length - 1] != '$') return strstr(path, part) != NULL;
  size_t whole = strlen(path);
  return whole >= length - 1 && strncmp(path + whole - (length - 1), part, length - 1) == 0;
}

// The watch of a descriptor's file, with the lock held; NULL without the lock where there is none.
static struct watch *find(int descriptor) {
  if (__atomic_load_n(&watching, __ATOMIC_SEQ_CST) == 0) return NULL;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return NULL;
  path[length] = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < 16; i++)
    if (watches[i].used && matches(path, watches[i].part)) return &watches[i];
  pthread_mutex_unlock(&lock);
  return NULL;
}

static int synced(int descriptor, long call) {
  struct watch *watch = find(descriptor);
  if (!watch) return (int)syscall(call, descriptor);
  int error = watch->sync_error;
  int result = error ? -1 : (int)syscall(call, descriptor);
  if (result == 0) watch->syncs++;
  pthread_mutex_unlock(&lock);
  if (error) errno = error;
  return result;
}

int fsync(int descriptor) { return synced(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return synced(descriptor, SYS_fdatasync); }

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
  struct watch *watch = find(descriptor);
  if (!watch) return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
  int error = 0;
  if (watch->write_error) {
    watch->write_left -= (long)count;
    if (watch->write_left < 0) error = watch->write_error;
  }
  ssize_t result = error ? -1 : syscall(SYS_pwrite64, descriptor, bytes, count, offset);
  pthread_mutex_unlock(&lock);
  if (error) errno = error;
  return result;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  return pwrite64(descriptor, bytes, count, offset);
}

#else

int disk_faults_watch(const char *part) { return -1; }
void disk_faults_unwatch(int handle) {}
long disk_faults_syncs(int handle) { return 0; }
long disk_faults_written(int handle) { return 0; }
void disk_faults_fail_syncs(int handle, int error) {}
void disk_faults_fail_writes(int handle, int error, long after) {}

#endif
