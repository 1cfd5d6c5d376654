#ifndef HEADCOUNT_CHTTPSERVER_H
#define HEADCOUNT_CHTTPSERVER_H

#include "HTTPDaemon.h"
#include "OpenBeneath.h"

#endif
