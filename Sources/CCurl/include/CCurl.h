#ifndef HEADCOUNT_CCURL_H
#define HEADCOUNT_CCURL_H

#include <curl/curl.h>

// The variadic calls of libcurl, one function for each type of argument, and the few things Swift cannot reach.

CURLcode headcount_curl_set_long(CURL *easy, CURLoption option, long value);
CURLcode headcount_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value);
CURLcode headcount_curl_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode headcount_curl_set_text(CURL *easy, CURLoption option, const char *value);
CURLcode headcount_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value);

/// Body and header callbacks share their type.
CURLcode headcount_curl_set_data(CURL *easy, CURLoption option, curl_write_callback callback);
CURLcode headcount_curl_set_open_socket(CURL *easy, curl_opensocket_callback callback);
CURLcode headcount_curl_set_request_ready(CURL *easy, curl_prereq_callback callback);

CURLMcode headcount_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);

/// 0 where libcurl does not know.
long headcount_curl_get_long(CURL *easy, CURLINFO info);
curl_off_t headcount_curl_get_offset(CURL *easy, CURLINFO info);

/// NULL where libcurl does not know; owned by `easy`.
const char *headcount_curl_get_text(CURL *easy, CURLINFO info);

/// What this libcurl is and was built with, for as long as the process lives.
const curl_version_info_data *headcount_curl_version(void);

/// The address that is about to be connected to, whole also where it is longer than `struct sockaddr`.
const struct sockaddr *headcount_curl_socket_address(const struct curl_sockaddr *address);

#endif
