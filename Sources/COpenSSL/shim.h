#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* Macros of OpenSSL that Swift cannot import, as functions and constants. */

static const uint64_t COPENSSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t COPENSSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t COPENSSL_OP_CLEANSE_PLAINTEXT = SSL_OP_CLEANSE_PLAINTEXT;
static const uint64_t COPENSSL_OP_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t COPENSSL_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t COPENSSL_OP_PRIORITIZE_CHACHA = SSL_OP_PRIORITIZE_CHACHA;
static const uint64_t COPENSSL_INIT_NO_ATEXIT = OPENSSL_INIT_NO_ATEXIT;
static const int COPENSSL_BIO_RETRY_FLAGS = BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY;
/* RFC 4514, with UTF-8 left as it is. */
static const unsigned long COPENSSL_NAME_FLAGS = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;

static inline int copenssl_set_min_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version) == 1;
}

static inline int copenssl_set_max_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_max_proto_version(context, version) == 1;
}

static inline void copenssl_release_idle_buffers(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

static inline void copenssl_disable_session_cache(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline void copenssl_limit_peer_chain(SSL_CTX *context, long bytes) {
    SSL_CTX_set_max_cert_list(context, bytes);
}

static inline int copenssl_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

static inline int copenssl_set_server_name(SSL *ssl, const char *name) {
    return SSL_set_tlsext_host_name(ssl, name) == 1;
}

static inline const char *copenssl_cipher_name(const SSL *ssl) {
    return SSL_get_cipher_name(ssl);
}

/* Whether both ends speak RFC 7627. */
static inline int copenssl_has_extended_master_secret(SSL *ssl) {
    return SSL_get_extms_support(ssl) == 1;
}

static inline size_t copenssl_memory_contents(BIO *bio, const uint8_t **bytes) {
    char *start = NULL;
    long count = BIO_get_mem_data(bio, &start);
    *bytes = (const uint8_t *)start;
    return count > 0 ? (size_t)count : 0;
}

static inline int copenssl_chain_count(const STACK_OF(X509) *chain) {
    return chain == NULL ? 0 : sk_X509_num(chain);
}

static inline X509 *copenssl_chain_certificate(const STACK_OF(X509) *chain, int index) {
    return sk_X509_value(chain, index);
}

static inline EVP_PKEY *copenssl_new_p256_key(void) {
    return EVP_EC_gen("P-256");
}

/* Sets `*seconds` since 1970 (UTC) and returns 0, or returns -1 for a malformed time. */
static inline int copenssl_seconds(const ASN1_TIME *time, int64_t *seconds) {
    struct tm parts;
    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1) return -1;
    *seconds = (int64_t)timegm(&parts);
    return 0;
}

/* Answers a request for a passphrase with a refusal instead of a prompt on the terminal, and notes
   in the `int` that `context` points at, when there is one, that it was asked. */
static inline int copenssl_refuse_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer; (void)size; (void)writing;
    if (context != NULL) *(int *)context = 1;
    return -1;
}

static inline X509 *copenssl_read_certificate(BIO *bio) {
    return PEM_read_bio_X509(bio, NULL, copenssl_refuse_passphrase, NULL);
}

static inline EVP_PKEY *copenssl_read_private_key(BIO *bio, int *needsPassphrase) {
    return PEM_read_bio_PrivateKey(bio, NULL, copenssl_refuse_passphrase, needsPassphrase);
}

/* Whether the error only says that the text holds no further PEM block. */
static inline int copenssl_is_end_of_pem(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/* Appends the subject alternative name `bytes` of `type` (GEN_DNS or GEN_IPADD); 1 on success. */
static inline int copenssl_add_name(
    GENERAL_NAMES *names, int type, const unsigned char *bytes, int count) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *text = type == GEN_DNS ? (ASN1_STRING *)ASN1_IA5STRING_new()
                                        : (ASN1_STRING *)ASN1_OCTET_STRING_new();
    if (name == NULL || text == NULL || ASN1_STRING_set(text, bytes, count) != 1) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(text);
        return 0;
    }
    GENERAL_NAME_set0_value(name, type, text);
    if (sk_GENERAL_NAME_push(names, name) <= 0) {
        GENERAL_NAME_free(name);
        return 0;
    }
    return 1;
}

static inline int copenssl_names_count(const GENERAL_NAMES *names) {
    return names == NULL ? 0 : sk_GENERAL_NAME_num(names);
}

/* The type of the name at `index`; for DNS, mail, URI and IP names also its bytes. */
static inline int copenssl_name(
    const GENERAL_NAMES *names, int index, const unsigned char **bytes, int *count) {
    int type = 0;
    const ASN1_STRING *value =
        (const ASN1_STRING *)GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, index), &type);
    int readable = type == GEN_DNS || type == GEN_EMAIL || type == GEN_URI || type == GEN_IPADD;
    *bytes = readable && value != NULL ? ASN1_STRING_get0_data(value) : NULL;
    *count = readable && value != NULL ? ASN1_STRING_length(value) : 0;
    return type;
}

/* Adds the extension `nid` with a value in OpenSSL's configuration syntax; 1 on success. */
static inline int copenssl_add_extension(
    X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added == 1;
}
