#ifndef HEADCOUNT_CPOSTGRES_H
#define HEADCOUNT_CPOSTGRES_H

// PostgreSQL's client library. Debian keeps the header in a folder of its own; other systems do not.
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

#endif
