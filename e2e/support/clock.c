// Preloaded into a server, it moves the clock of the day by CLOCK_OFFSET seconds. Clocks that only measure go on as they
// are.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, clock, now);
  const char *offset = getenv("CLOCK_OFFSET");
  if (result == 0 && clock == CLOCK_REALTIME && offset) now->tv_sec += atol(offset);
  return result;
}
