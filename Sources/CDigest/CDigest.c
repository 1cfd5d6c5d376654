#include "CDigest.h"

#include <openssl/evp.h>

// The context of libcrypto is the whole state: this type is never completed, a pointer to it is the context's.

headcount_sha256 *headcount_sha256_create(void) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) return NULL;
    if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(context);
        return NULL;
    }
    return (headcount_sha256 *)context;
}

bool headcount_sha256_update(headcount_sha256 *digest, const void *bytes, size_t count) {
    return EVP_DigestUpdate((EVP_MD_CTX *)digest, bytes, count) == 1;
}

bool headcount_sha256_finish(headcount_sha256 *digest, unsigned char *result) {
    return EVP_DigestFinal_ex((EVP_MD_CTX *)digest, result, NULL) == 1;
}

void headcount_sha256_free(headcount_sha256 *digest) {
    EVP_MD_CTX_free((EVP_MD_CTX *)digest);
}
