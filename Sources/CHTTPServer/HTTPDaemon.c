#include "HTTPDaemon.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void log_line(void *context, const char *format, va_list arguments) {
    struct headcount_http_handlers *handlers = context;
    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\r\n")] = '\0';
    handlers->log(handlers->context, line);
}

struct MHD_Daemon *headcount_http_start(int listening_socket, unsigned threads, unsigned connections,
                                        unsigned idle_seconds, struct headcount_http_handlers *handlers) {
    // The logger comes first: options before it would report their errors to stderr.
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        handlers->answer, handlers->context,
        MHD_OPTION_EXTERNAL_LOGGER, log_line, handlers,
        MHD_OPTION_LISTEN_SOCKET, listening_socket,
        MHD_OPTION_URI_LOG_CALLBACK, handlers->begin, handlers->context,
        MHD_OPTION_NOTIFY_COMPLETED, handlers->end, handlers->context,
        MHD_OPTION_THREAD_POOL_SIZE, threads,
        MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
        MHD_OPTION_END);
}
