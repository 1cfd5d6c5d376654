// Declarations alone: the build tool wants one source file in a target that links a library.
#include "CPostgres.h"
