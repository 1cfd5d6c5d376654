#ifndef HEADCOUNT_HTTP_DAEMON_H
#define HEADCOUNT_HTTP_DAEMON_H

#include <microhttpd.h>

// libmicrohttpd is started through a variadic call and logs through a va_list: neither can be used from Swift.

/// What the daemon calls, on its own threads, with `context` as the first argument. Must outlive the daemon.
struct headcount_http_handlers {
    void *_Nullable context;
    /// The raw request target, before any decoding; what it returns becomes the state of the request.
    void *_Nullable (*_Nonnull begin)(void *_Nullable context, const char *_Nonnull target,
                                      struct MHD_Connection *_Nullable connection);
    MHD_AccessHandlerCallback _Nonnull answer;
    MHD_RequestCompletedCallback _Nonnull end;
    /// One line of the library's error log, without a line end.
    void (*_Nonnull log)(void *_Nullable context, const char *_Nonnull line);
};

/// Starts a daemon that polls with epoll on `threads` threads of its own (at least two).
///
/// The daemon owns `listening_socket` from then on. NULL when it cannot start; the socket is then still the caller's.
struct MHD_Daemon *_Nullable headcount_http_start(int listening_socket, unsigned threads, unsigned connections,
                                                  unsigned idle_seconds,
                                                  struct headcount_http_handlers *_Nonnull handlers);

#endif
