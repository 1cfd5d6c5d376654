#ifndef HEADCOUNT_CSYSTEM_H
#define HEADCOUNT_CSYSTEM_H

#include "CSystemIsolation.h"
#include "CSystemProcess.h"

// Calls of the C library that Swift cannot make: variadic, macro, or a mutable global.

/// Names the calling thread, as `top -H` and a debugger show it; cut to 15 bytes.
void headcount_name_thread(const char *name);

/// Columns of the terminal behind a descriptor; 0 where it is no terminal or does not say.
int headcount_terminal_columns(int descriptor);

/// 1 where the process ignores the signal, as it may have been started to do; else 0.
int headcount_signal_is_ignored(int number);

#endif
