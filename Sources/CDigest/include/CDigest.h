#ifndef HEADCOUNT_CDIGEST_H
#define HEADCOUNT_CDIGEST_H

#include <stdbool.h>
#include <stddef.h>

// SHA-256 (FIPS 180-4) through OpenSSL's libcrypto, which uses the processor's own instructions where it has them.
//
// OpenSSL's headers stay inside this target: their macros and deprecations are no business of Swift's.

/// Bytes of a SHA-256 digest.
enum { headcount_sha256_size = 32 };

/// A digest under way. Used by one thread at a time.
typedef struct headcount_sha256 headcount_sha256;

/// A digest of nothing yet, to be freed by `headcount_sha256_free`; NULL where there is no memory for it.
headcount_sha256 *headcount_sha256_create(void);

/// Takes in `count` more bytes. False where libcrypto failed; the digest is of no use then.
bool headcount_sha256_update(headcount_sha256 *digest, const void *bytes, size_t count);

/// Writes the digest of all that was taken in to `result`, `headcount_sha256_size` bytes. Nothing can follow.
bool headcount_sha256_finish(headcount_sha256 *digest, unsigned char *result);

/// Frees a digest; NULL is allowed.
void headcount_sha256_free(headcount_sha256 *digest);

#endif
