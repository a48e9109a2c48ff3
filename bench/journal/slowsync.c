// A disk whose every sync takes longer: preloaded, it adds $SLOWSYNC_US microseconds to each fsync and fdatasync.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_as_a_disk_does(void) {
  static long microseconds = -1;
  if (microseconds < 0) {
    const char *text = getenv("SLOWSYNC_US");
    microseconds = text ? atol(text) : 0;
  }
  struct timespec pause = {microseconds / 1000000, (microseconds % 1000000) * 1000};
  nanosleep(&pause, NULL);
}

int fsync(int descriptor) {
  wait_as_a_disk_does();
  return (int)syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor) {
  wait_as_a_disk_does();
  return (int)syscall(SYS_fdatasync, descriptor);
}
