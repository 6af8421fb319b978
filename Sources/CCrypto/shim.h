#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/// Refuses to ask the terminal for the passphrase of an encrypted key, which is OpenSSL's own idea without a callback.
static inline int lip_crypto_no_passphrase(char *buffer, int size, int isForWriting, void *context) {
    (void)buffer;
    (void)size;
    (void)isForWriting;
    (void)context;
    return -1;
}

/// Reads a private key in PEM, whatever its form (PKCS#1, PKCS#8); NULL where it is none, or an encrypted one.
static inline EVP_PKEY *lip_crypto_private_key(const void *pem, int count) {
    BIO *input = BIO_new_mem_buf(pem, count);
    if (input == NULL) return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(input, NULL, lip_crypto_no_passphrase, NULL);
    BIO_free(input);
    // The reasons stay queued for the thread, and nobody reads them: they may quote the key's bytes.
    if (key == NULL) ERR_clear_error();
    return key;
}

/// Whether a key is RSA's; EVP_PKEY_is_a exists since OpenSSL 3 only.
static inline int lip_crypto_is_rsa(const EVP_PKEY *key) { return EVP_PKEY_base_id(key) == EVP_PKEY_RSA; }
