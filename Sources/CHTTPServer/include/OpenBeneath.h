#ifndef HEADCOUNT_OPEN_BENEATH_H
#define HEADCOUNT_OPEN_BENEATH_H

/// openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS, which the C library does not wrap.
///
/// A descriptor the caller closes, or a negated errno: -EXDEV where the path leaves `folder`, -ENOSYS or -EPERM where
/// the kernel or a sandbox lacks the call.
int headcount_open_beneath(int folder, const char *path, int flags);

#endif
