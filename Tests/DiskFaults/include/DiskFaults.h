// Stands between a test process and its disk: counts syncs and lets syncs or writes fail, for the files whose path
// contains a given text. The functions of the C library of the same names are replaced while a test program links this.
#ifndef DISK_FAULTS_H
#define DISK_FAULTS_H

/// Watches the files whose path contains `part`, or ends with it where `part` closes with `$`; up to 16 at a time.
/// Returns a handle, -1 when all are taken.
int disk_faults_watch(const char *part);
/// Ends watching.
void disk_faults_unwatch(int handle);
/// How many fsync and fdatasync calls have succeeded on the watched files.
long disk_faults_syncs(int handle);
/// Lets each sync of the watched files fail with this errno; 0 ends it.
void disk_faults_fail_syncs(int handle, int error);
/// Lets each write to the watched files fail with this errno once `after` more bytes are written; 0 ends it.
void disk_faults_fail_writes(int handle, int error, long after);

#endif
