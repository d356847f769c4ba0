#pragma once
#include <gmime/gmime.h>

/* The casts of GMime are macros; each of these is one, and NULL when the object is of another class. */

static inline GMimeMultipart *signet_as_multipart(GMimeObject *object) {
    return GMIME_IS_MULTIPART(object) ? GMIME_MULTIPART(object) : NULL;
}

static inline GMimeMessagePart *signet_as_message_part(GMimeObject *object) {
    return GMIME_IS_MESSAGE_PART(object) ? GMIME_MESSAGE_PART(object) : NULL;
}

static inline GMimePart *signet_as_part(GMimeObject *object) {
    return GMIME_IS_PART(object) ? GMIME_PART(object) : NULL;
}

static inline GMimeObject *signet_message_object(GMimeMessage *message) {
    return GMIME_OBJECT(message);
}

static inline InternetAddressMailbox *signet_as_mailbox(InternetAddress *address) {
    return INTERNET_ADDRESS_IS_MAILBOX(address) ? INTERNET_ADDRESS_MAILBOX(address) : NULL;
}

static inline InternetAddressGroup *signet_as_group(InternetAddress *address) {
    return INTERNET_ADDRESS_IS_GROUP(address) ? INTERNET_ADDRESS_GROUP(address) : NULL;
}

/* A stream over borrowed memory: neither the array nor its bytes are freed with the stream. */
static inline GMimeStream *signet_stream_borrowing(GByteArray *array) {
    GMimeStream *stream = g_mime_stream_mem_new();
    g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream), array);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    return stream;
}

static inline GByteArray *signet_stream_bytes(GMimeStream *stream) {
    return g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
}

static inline void signet_stream_add_filter(GMimeStream *stream, GMimeFilter *filter) {
    g_mime_stream_filter_add(GMIME_STREAM_FILTER(stream), filter);
}
