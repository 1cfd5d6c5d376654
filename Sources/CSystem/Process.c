#include "CSystemProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The system calls, for the child of a program with many threads may call nothing that takes a lock, and glibc's
// wrappers talk to all threads.
static int become(const struct headcount_identity *identity) {
    gid_t group = identity->group;
    uid_t user = identity->user;
    if (syscall(SYS_setgroups, 0, NULL) != 0) return -1;
    if (syscall(SYS_setresgid, group, group, group) != 0) return -1;
    return (int)syscall(SYS_setresuid, user, user, user);
}

static void reset_signals(void) {
    // Ignored signals and the mask would otherwise pass through exec; a server that ignores SIGTERM cannot be stopped.
    for (int signal_number = 1; signal_number < NSIG; signal_number++) signal(signal_number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_others_on_exec(void) {
    if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0) return;
    // Kernels before 5.11. Few programs have more open.
    for (int descriptor = 3; descriptor < 1024; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// Runs in the child. Writes the error number to `report` where the program cannot be started; exec closes it else.
static void run_child(int report, const struct headcount_program *program) {
    reset_signals();
    close_others_on_exec();
    int nothing = program->input >= 0 ? -1 : open("/dev/null", O_RDONLY);
    int input = program->input >= 0 ? program->input : nothing;
    int errors = program->errors >= 0 ? program->errors : program->output;
    const struct headcount_identity *identity = program->identity;
    if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(program->output, STDOUT_FILENO) >= 0 &&
        dup2(errors, STDERR_FILENO) >= 0 && (identity == NULL || become(identity) == 0) &&
        (!program->leads_group || setpgid(0, 0) == 0) && chdir(program->folder) == 0) {
        // Opened after the others were marked; where it took a standard number, that is what it is for.
        if (nothing > STDERR_FILENO) close(nothing);
        execve(program->path, program->arguments, program->environment);
    }
    int error = errno;
    ssize_t written = write(report, &error, sizeof error);
    (void)written;  // nobody is left to tell
    _exit(127);
}

int headcount_spawn(pid_t *process, const struct headcount_program *program) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return errno;

    pid_t child = fork();
    if (child == 0) run_child(report[1], program);
    int error = child < 0 ? errno : 0;
    close(report[1]);
    if (child > 0) {
        ssize_t length;
        do {
            length = read(report[0], &error, sizeof error);
        } while (length < 0 && errno == EINTR);
        if (length == sizeof error) {
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
            }
        } else {
            error = 0;
            *process = child;
        }
    }
    close(report[0]);
    return error;
}

int headcount_message_pair(int descriptors[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, descriptors) == 0 ? 0 : errno;
}

bool headcount_is_message_socket(int descriptor) {
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

int headcount_anonymous_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC);
}
