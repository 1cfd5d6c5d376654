#ifndef HEADCOUNT_CSYSTEM_PROCESS_H
#define HEADCOUNT_CSYSTEM_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/// Whom a child process runs as.
struct headcount_identity {
    uid_t user;
    gid_t group;
};

/// A program to be started.
struct headcount_program {
    const char *path;
    /// Both arrays end with NULL.
    char *const *arguments;
    char *const *environment;
    /// Its working folder.
    const char *folder;
    /// Its standard input; -1 for /dev/null.
    int input;
    /// Its standard output.
    int output;
    /// Its standard error; -1 for what its standard output is.
    int errors;
    /// NULL, or whom to become, which only root may ask for; supplementary groups are dropped then.
    const struct headcount_identity *identity;
    /// True to put it into a process group of its own, so that the signals of a terminal do not reach it.
    bool leads_group;
};

/// Starts a program with every descriptor closed but the standard ones.
///
/// Returns 0 and the child's number, or the error number, also when it is the child that could not change over or find
/// the program; nothing is left running then. The caller waits for the child.
int headcount_spawn(pid_t *process, const struct headcount_program *program);

/// A pair of connected sockets that keep the bounds of messages; neither is handed down. Returns 0 or the error number.
int headcount_message_pair(int descriptors[2]);

/// True where the descriptor is a socket that keeps the bounds of messages.
bool headcount_is_message_socket(int descriptor);

/// A file without a name, for the output of a child: it ends with its last descriptor, and no pipe can fill up.
/// Returns -1 with errno set where there is none to be had.
int headcount_anonymous_file(const char *name);

#endif
