#pragma once
// libcurl's easy and multi interfaces for Swift. curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic,
// which Swift cannot call: each wrapper below fixes the type of the one argument, and the caller names an option of that
// type (curl_easy_setopt(3) gives it). The names are in parentheses since libcurl's type-checking macros want a constant.
#include <curl/curl.h>

// The version of the library at hand, as LIBCURL_VERSION_NUM writes it: the macro for the argument is none that Swift sees.
static inline unsigned int lip_curl_version_number(void) { return curl_version_info(CURLVERSION_NOW)->version_num; }

// Options that take a long.
static inline CURLcode lip_curl_set_long(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}

// Options that take a curl_off_t.
static inline CURLcode lip_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}

// Options that take a string, which libcurl copies; NULL unsets them.
static inline CURLcode lip_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}

// Options that take a pointer, which libcurl keeps as it is: callback contexts, buffers, CURLOPT_POSTFIELDS.
static inline CURLcode lip_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

// CURLOPT_HTTPHEADER; the list must outlive the transfer.
static inline CURLcode lip_curl_set_headers(CURL *easy, struct curl_slist *headers) {
    return (curl_easy_setopt)(easy, CURLOPT_HTTPHEADER, headers);
}

static inline CURLcode lip_curl_on_body(CURL *easy, size_t (*callback)(char *, size_t, size_t, void *)) {
    return (curl_easy_setopt)(easy, CURLOPT_WRITEFUNCTION, callback);
}

static inline CURLcode lip_curl_on_header(CURL *easy, size_t (*callback)(char *, size_t, size_t, void *)) {
    return (curl_easy_setopt)(easy, CURLOPT_HEADERFUNCTION, callback);
}

// Called when a connection stands (TLS and proxy included) and the request is about to go out.
static inline CURLcode lip_curl_on_connected(CURL *easy, int (*callback)(void *, char *, char *, int, int)) {
    return (curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode lip_curl_on_open_socket(
    CURL *easy, curl_socket_t (*callback)(void *, curlsocktype, struct curl_sockaddr *)) {
    return (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline CURLcode lip_curl_on_close_socket(CURL *easy, int (*callback)(void *, curl_socket_t)) {
    return (curl_easy_setopt)(easy, CURLOPT_CLOSESOCKETFUNCTION, callback);
}

// The address is a flexible union in libcurl; Swift sees a plain socket address.
static inline const struct sockaddr *lip_curl_address(const struct curl_sockaddr *address) { return &address->addr; }

static inline CURLcode lip_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode lip_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode lip_curl_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLMcode lip_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}

// The wish to hear of a socket: (easy, socket, CURL_POLL_*, context, context of the socket).
static inline CURLMcode lip_curl_multi_on_socket(
    CURLM *multi, int (*callback)(CURL *, curl_socket_t, int, void *, void *), void *context) {
    CURLMcode result = (curl_multi_setopt)(multi, CURLMOPT_SOCKETFUNCTION, callback);
    return result == CURLM_OK ? (curl_multi_setopt)(multi, CURLMOPT_SOCKETDATA, context) : result;
}

// The wish to be called after some milliseconds: (multi, milliseconds or -1, context).
static inline CURLMcode lip_curl_multi_on_timer(
    CURLM *multi, int (*callback)(CURLM *, long, void *), void *context) {
    CURLMcode result = (curl_multi_setopt)(multi, CURLMOPT_TIMERFUNCTION, callback);
    return result == CURLM_OK ? (curl_multi_setopt)(multi, CURLMOPT_TIMERDATA, context) : result;
}

// What a finished transfer ended with; the union of CURLMsg is read here.
static inline CURLcode lip_curl_result(const CURLMsg *message) { return message->data.result; }

// The version of the libcurl that runs, as 0xXXYYZZ.
static inline unsigned int lip_curl_version(void) { return curl_version_info(CURLVERSION_NOW)->version_num; }

// Debian builds libcurl with HTTP/2; constants that are cast expressions do not reach Swift.
static const unsigned long lip_curl_pause = CURL_WRITEFUNC_PAUSE;
