#include "CSystem.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

void headcount_name_thread(const char *name) {
    // The kernel refuses names longer than 15 bytes rather than cutting them.
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = '\0';
    pthread_setname_np(pthread_self(), cut);
}

int headcount_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int headcount_signal_is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}
