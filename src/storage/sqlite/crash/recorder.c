/*
 * Records what a process does to the files below one folder, in order, so that a test can tell what a power cut at any
 * moment would have left of them. Preloaded into the process (LD_PRELOAD).
 *
 *   RECORDER_FOLDER  the folder, absolute, without a slash at its end
 *   RECORDER_LOG     where to write the records
 *   RECORDER_SYNCS   after so many syncs each further one fails with EIO; no limit when absent
 *
 * A record is: type (1 byte), path length (2), offset or size (8), data length (4), path, data; little endian.
 * Writes are recorded when they have been done, syncs when they have returned: what comes after a sync in the log came
 * after it in time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATED = 1, WRITTEN = 2, TRUNCATED = 3, SYNCED = 4, UNLINKED = 5 };

#define FILES_MAX 4096
static char *paths[FILES_MAX]; /* by descriptor; null where the file is not recorded */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static size_t folder_length;
static int log_file = -1;
static _Atomic long syncs_left = LONG_MAX;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) abort();
  return function;
}

__attribute__((constructor)) static void start(void) {
  folder = getenv("RECORDER_FOLDER");
  const char *log = getenv("RECORDER_LOG");
  if (!folder || !log) return;
  folder_length = strlen(folder);
  if (getenv("RECORDER_SYNCS")) syncs_left = atol(getenv("RECORDER_SYNCS"));
  log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_recorded(const char *path) {
  return log_file >= 0 && path && strncmp(path, folder, folder_length) == 0 &&
         (path[folder_length] == '/' || path[folder_length] == 0);
}

static const char *path_of(int file) {
  return file >= 0 && file < FILES_MAX ? paths[file] : NULL;
}

/* The mutex makes one record out of what writev may cut into several. */
static void record(uint8_t type, const char *path, uint64_t number, const void *data, uint32_t length) {
  int saved = errno;
  uint16_t path_length = (uint16_t)strlen(path);
  char head[15];
  head[0] = (char)type;
  memcpy(head + 1, &path_length, 2);
  memcpy(head + 3, &number, 8);
  memcpy(head + 11, &length, 4);
  struct iovec parts[3] = {{head, sizeof head}, {(void *)path, path_length}, {(void *)data, length}};
  pthread_mutex_lock(&mutex);
  for (int i = 0; i < 3; i++) {
    size_t done = 0;
    while (done < parts[i].iov_len) {
      long n = syscall(SYS_write, log_file, (char *)parts[i].iov_base + done, parts[i].iov_len - done);
      if (n < 0) abort();
      done += (size_t)n;
    }
  }
  pthread_mutex_unlock(&mutex);
  errno = saved;
}

static int opened(int file, const char *path, int flags, int existed) {
  if (file < 0 || file >= FILES_MAX || !is_recorded(path)) return file;
  free(paths[file]);
  paths[file] = strdup(path);
  if (!existed) record(CREATED, path, 0, NULL, 0);
  else if (flags & O_TRUNC) record(TRUNCATED, path, 0, NULL, 0);
  return file;
}

static int existed(const char *path) {
  int saved = errno;
  int result = is_recorded(path) && access(path, F_OK) == 0;
  errno = saved;
  return result;
}

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  int before = existed(path);
  return opened(REAL(open)(path, flags, mode), path, flags, before);
}

int open64(const char *path, int flags, ...) {
  MODE(flags)
  int before = existed(path);
  return opened(REAL(open64)(path, flags, mode), path, flags, before);
}

int close(int file) {
  if (path_of(file)) {
    free(paths[file]);
    paths[file] = NULL;
  }
  return REAL(close)(file);
}

static ssize_t wrote(int file, const void *data, ssize_t length, off64_t offset) {
  if (length > 0) record(WRITTEN, path_of(file), (uint64_t)offset, data, (uint32_t)length);
  return length;
}

ssize_t write(int file, const void *data, size_t length) {
  if (!path_of(file)) return REAL(write)(file, data, length);
  ssize_t done = REAL(write)(file, data, length);
  return done > 0 ? wrote(file, data, done, lseek64(file, 0, SEEK_CUR) - done) : done;
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset) {
  ssize_t done = REAL(pwrite)(file, data, length, offset);
  return path_of(file) ? wrote(file, data, done, offset) : done;
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
  ssize_t done = REAL(pwrite64)(file, data, length, offset);
  return path_of(file) ? wrote(file, data, done, offset) : done;
}

static int truncated(int file, int result, off64_t size) {
  if (result == 0 && path_of(file)) record(TRUNCATED, path_of(file), (uint64_t)size, NULL, 0);
  return result;
}

int ftruncate(int file, off_t size) { return truncated(file, REAL(ftruncate)(file, size), size); }

int ftruncate64(int file, off64_t size) { return truncated(file, REAL(ftruncate64)(file, size), size); }

static int sync_with(int (*sync)(int), int file) {
  if (path_of(file) && syncs_left-- <= 0) {
    errno = EIO;
    return -1;
  }
  int result = sync(file);
  if (result == 0 && path_of(file)) record(SYNCED, path_of(file), 0, NULL, 0);
  return result;
}

int fsync(int file) { return sync_with(REAL(fsync), file); }

int fdatasync(int file) { return sync_with(REAL(fdatasync), file); }

int unlink(const char *path) {
  int result = REAL(unlink)(path);
  if (result == 0 && is_recorded(path)) record(UNLINKED, path, 0, NULL, 0);
  return result;
}
