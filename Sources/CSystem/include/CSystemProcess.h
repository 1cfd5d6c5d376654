#ifndef HEADCOUNT_CSYSTEM_PROCESS_H
#define HEADCOUNT_CSYSTEM_PROCESS_H

#include <sys/types.h>

/// Whom a child process runs as.
struct headcount_identity {
    uid_t user;
    gid_t group;
};

/// Starts a program: standard input from /dev/null, standard output and standard error to `output`, every other
/// descriptor closed.
///
/// `identity` is NULL, or whom to become, which only root may ask for; supplementary groups are dropped then. The
/// arrays end with NULL. Returns 0 and the child's number, or the error number, also when it is the child that could not
/// change over or find the program; nothing is left running then. The caller waits for the child.
int headcount_spawn(
    pid_t *process, const char *path, char *const arguments[], char *const environment[], const char *folder,
    int output, const struct headcount_identity *identity);

/// A file without a name, for the output of a child: it ends with its last descriptor, and no pipe can fill up.
/// Returns -1 with errno set where there is none to be had.
int headcount_anonymous_file(const char *name);

#endif
