#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* GMime 3, which is loaded when the first message is parsed: loading it and GLib takes as long as all
   other libraries together, and most commands parse none.

   The types are GMime's own and opaque here; the prototypes are those of gmime/gmime.h 3.2. */

typedef struct GMimeContentType { void *opaque; } GMimeContentType;
typedef struct GMimeDataWrapper { void *opaque; } GMimeDataWrapper;
typedef struct GMimeFilter { void *opaque; } GMimeFilter;
typedef struct GMimeHeader { void *opaque; } GMimeHeader;
typedef struct GMimeHeaderList { void *opaque; } GMimeHeaderList;
typedef struct GMimeMessage { void *opaque; } GMimeMessage;
typedef struct GMimeMessagePart { void *opaque; } GMimeMessagePart;
typedef struct GMimeMultipart { void *opaque; } GMimeMultipart;
typedef struct GMimeObject { void *opaque; } GMimeObject;
typedef struct GMimeParser { void *opaque; } GMimeParser;
typedef struct GMimePart { void *opaque; } GMimePart;
typedef struct GMimeStream { void *opaque; } GMimeStream;
typedef struct GDateTime { void *opaque; } GDateTime;
typedef struct InternetAddress { void *opaque; } InternetAddress;
typedef struct InternetAddressGroup { void *opaque; } InternetAddressGroup;
typedef struct InternetAddressList { void *opaque; } InternetAddressList;
typedef struct InternetAddressMailbox { void *opaque; } InternetAddressMailbox;

/* Of glib/garray.h, whose members are public. */
typedef struct GByteArray {
    uint8_t *data;
    unsigned int len;
} GByteArray;

/* Each function that is used: its result, name, parameters, and arguments. Options, which nobody sets,
   and casts of GObject, which C does not check, are void pointers. */
#define SIGNET_GMIME_FUNCTIONS(F)                                                                       \
    F(void, g_free, (void *memory), (memory))                                                           \
    F(void, g_object_unref, (void *object), (object))                                                   \
    F(int, g_type_check_instance_is_a, (void *object, size_t type), (object, type))                     \
    F(int64_t, g_date_time_to_unix, (GDateTime *date), (date))                                          \
    F(void, g_mime_init, (void), ())                                                                    \
    F(char *, g_mime_content_type_get_mime_type, (GMimeContentType *type), (type))                      \
    F(const char *, g_mime_content_type_get_parameter, (GMimeContentType *type, const char *name),      \
      (type, name))                                                                                     \
    F(int, g_mime_content_type_is_type,                                                                 \
      (GMimeContentType *type, const char *main, const char *sub), (type, main, sub))                   \
    F(GMimeContentType *, g_mime_content_type_parse, (void *options, const char *text),                 \
      (options, text))                                                                                  \
    F(ssize_t, g_mime_data_wrapper_write_to_stream,                                                     \
      (GMimeDataWrapper *wrapper, GMimeStream *stream), (wrapper, stream))                              \
    F(GMimeFilter *, g_mime_filter_charset_new, (const char *from, const char *to), (from, to))         \
    F(const char *, g_mime_header_get_raw_value, (GMimeHeader *header), (header))                       \
    F(GMimeHeader *, g_mime_header_list_get_header, (GMimeHeaderList *list, const char *name),          \
      (list, name))                                                                                     \
    F(GDateTime *, g_mime_message_get_date, (GMimeMessage *message), (message))                         \
    F(const char *, g_mime_message_get_message_id, (GMimeMessage *message), (message))                  \
    F(GMimeObject *, g_mime_message_get_mime_part, (GMimeMessage *message), (message))                  \
    F(size_t, g_mime_message_part_get_type, (void), ())                                                 \
    F(GMimeMessage *, g_mime_message_part_get_message, (GMimeMessagePart *part), (part))                \
    F(size_t, g_mime_multipart_get_type, (void), ())                                                    \
    F(int, g_mime_multipart_get_count, (GMimeMultipart *multipart), (multipart))                        \
    F(GMimeObject *, g_mime_multipart_get_part, (GMimeMultipart *multipart, int index),                 \
      (multipart, index))                                                                               \
    F(const char *, g_mime_object_get_content_disposition_parameter,                                    \
      (GMimeObject *object, const char *name), (object, name))                                          \
    F(const char *, g_mime_object_get_content_id, (GMimeObject *object), (object))                      \
    F(GMimeContentType *, g_mime_object_get_content_type, (GMimeObject *object), (object))              \
    F(const char *, g_mime_object_get_content_type_parameter,                                           \
      (GMimeObject *object, const char *name), (object, name))                                          \
    F(const char *, g_mime_object_get_disposition, (GMimeObject *object), (object))                     \
    F(GMimeHeaderList *, g_mime_object_get_header_list, (GMimeObject *object), (object))                \
    F(ssize_t, g_mime_object_write_to_stream,                                                           \
      (GMimeObject *object, void *options, GMimeStream *stream), (object, options, stream))             \
    F(GMimeParser *, g_mime_parser_new_with_stream, (GMimeStream *stream), (stream))                    \
    F(GMimeMessage *, g_mime_parser_construct_message, (GMimeParser *parser, void *options),            \
      (parser, options))                                                                                \
    F(size_t, g_mime_part_get_type, (void), ())                                                         \
    F(GMimeDataWrapper *, g_mime_part_get_content, (GMimePart *part), (part))                           \
    F(const char *, g_mime_part_get_filename, (GMimePart *part), (part))                                \
    F(int, g_mime_stream_filter_add, (GMimeStream *stream, GMimeFilter *filter), (stream, filter))      \
    F(GMimeStream *, g_mime_stream_filter_new, (GMimeStream *stream), (stream))                         \
    F(int, g_mime_stream_flush, (GMimeStream *stream), (stream))                                        \
    F(GMimeStream *, g_mime_stream_mem_new, (void), ())                                                 \
    F(GByteArray *, g_mime_stream_mem_get_byte_array, (GMimeStream *stream), (stream))                  \
    F(void, g_mime_stream_mem_set_byte_array, (GMimeStream *stream, GByteArray *array),                 \
      (stream, array))                                                                                  \
    F(void, g_mime_stream_mem_set_owner, (GMimeStream *stream, int owner), (stream, owner))             \
    F(GMimeStream *, g_mime_stream_null_new, (void), ())                                                \
    F(char *, g_mime_utils_header_decode_text, (void *options, const char *text), (options, text))      \
    F(const char *, internet_address_get_name, (InternetAddress *address), (address))                   \
    F(size_t, internet_address_group_get_type, (void), ())                                              \
    F(InternetAddressList *, internet_address_group_get_members, (InternetAddressGroup *group),         \
      (group))                                                                                          \
    F(InternetAddress *, internet_address_list_get_address, (InternetAddressList *list, int index),     \
      (list, index))                                                                                    \
    F(int, internet_address_list_length, (InternetAddressList *list), (list))                           \
    F(InternetAddressList *, internet_address_list_parse, (void *options, const char *text),            \
      (options, text))                                                                                  \
    F(size_t, internet_address_mailbox_get_type, (void), ())                                            \
    F(const char *, internet_address_mailbox_get_idn_addr, (InternetAddressMailbox *mailbox),           \
      (mailbox))

/* Loads the library; NULL, or why it cannot be used. No other function may be called before this has
   succeeded; once it has, it does nothing more. Not for two threads at once. */
const char *signet_gmime_load(void);

#define SIGNET_GMIME_DECLARE(result, name, parameters, arguments) result signet_##name parameters;
SIGNET_GMIME_FUNCTIONS(SIGNET_GMIME_DECLARE)
#undef SIGNET_GMIME_DECLARE

/* The casts of GMime; each of these is one, and NULL when the object is of another class. */

static inline GMimeMultipart *signet_as_multipart(GMimeObject *object) {
    return signet_g_type_check_instance_is_a(object, signet_g_mime_multipart_get_type())
               ? (GMimeMultipart *)object
               : NULL;
}

static inline GMimeMessagePart *signet_as_message_part(GMimeObject *object) {
    return signet_g_type_check_instance_is_a(object, signet_g_mime_message_part_get_type())
               ? (GMimeMessagePart *)object
               : NULL;
}

static inline GMimePart *signet_as_part(GMimeObject *object) {
    return signet_g_type_check_instance_is_a(object, signet_g_mime_part_get_type())
               ? (GMimePart *)object
               : NULL;
}

static inline GMimeObject *signet_message_object(GMimeMessage *message) {
    return (GMimeObject *)message;
}

static inline InternetAddressMailbox *signet_as_mailbox(InternetAddress *address) {
    return signet_g_type_check_instance_is_a(address, signet_internet_address_mailbox_get_type())
               ? (InternetAddressMailbox *)address
               : NULL;
}

static inline InternetAddressGroup *signet_as_group(InternetAddress *address) {
    return signet_g_type_check_instance_is_a(address, signet_internet_address_group_get_type())
               ? (InternetAddressGroup *)address
               : NULL;
}

/* A stream over borrowed memory: neither the array nor its bytes are freed with the stream. */
static inline GMimeStream *signet_stream_borrowing(GByteArray *array) {
    GMimeStream *stream = signet_g_mime_stream_mem_new();
    signet_g_mime_stream_mem_set_byte_array(stream, array);
    signet_g_mime_stream_mem_set_owner(stream, 0);
    return stream;
}
