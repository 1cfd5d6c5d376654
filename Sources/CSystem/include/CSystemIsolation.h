#ifndef HEADCOUNT_CSYSTEM_ISOLATION_H
#define HEADCOUNT_CSYSTEM_ISOLATION_H

#include <stddef.h>
#include <sys/types.h>

/// Memory that two processes can map, as a descriptor. Its size is fixed: neither can take it from under the other.
/// Returns -1 with errno set where there is none to be had.
int headcount_shared_memory(const char *name, size_t size);

/// Sends one message over a socket that keeps the bounds of messages and, where `descriptor` is not -1, a descriptor
/// with it. Returns 0 or the error number.
int headcount_send_message(int socket, const void *bytes, size_t count, int descriptor);

/// Waits for one message. Returns its length, 0 where the other end is closed, or -1 with errno set; `descriptor` is the
/// one that came with it, the caller's to close, or -1.
ssize_t headcount_receive_message(int socket, void *bytes, size_t capacity, int *descriptor);

/// How much address space this process may have, in bytes.
void headcount_limit_address_space(size_t bytes);

/// From here on this process can compute, and talk over the descriptors it has: it opens no file and no socket, starts
/// nothing, signals nobody and writes no core. Not to be undone. Returns 0 or the error number; a kernel or processor
/// without filters for system calls is an error too.
int headcount_confine(void);

#endif
