/*
 * liblinked.so: a vendor library of the other kind, which is linked against libril.so and calls its exports by name. It
 * never looks at RIL_Env. Everything happens on the thread that calls it.
 *
 * Arguments: -r calls RIL_register inside RIL_Init as well; -c ID is ignored.
 *
 *   BASEBAND_VERSION   "linked 1.0"
 *   OEM_HOOK_RAW       an echo; "ack" calls RIL_onRequestAck first, "ring" raises CALL_RING first
 *   OEM_HOOK_STRINGS   one string, the result of the libril function named:
 *                        requestToString N, failCauseToString N, callStateToString N, radioStateToString N,
 *                        rilSocketIdToString N
 *                        ril_nano_time          "monotonic" if two calls did not go backwards
 *                        record_stream TEXT     TEXT, after it went through a pipe and record_stream_get_next
 *   anything else      REQUEST_NOT_SUPPORTED
 *
 * A timed callback asked for in RIL_Init switches the radio on and raises RADIO_STATE_CHANGED.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libril_exports.h"

static _Atomic RIL_RadioState radio = RADIO_STATE_UNAVAILABLE;

static void complete_string(RIL_Token token, const char *text)
{
    char *strings[] = {(char *)(uintptr_t)text};
    RIL_onRequestComplete(token, RIL_E_SUCCESS, strings, sizeof(strings));
}

static bool is_word(const void *data, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(data, word, length) == 0;
}

static void oem_hook_raw(void *data, size_t length, RIL_Token token)
{
    if (is_word(data, length, "ack"))
        RIL_onRequestAck(token);
    if (is_word(data, length, "ring"))
        RIL_onUnsolicitedResponse(RIL_UNSOL_CALL_RING, NULL, 0);
    RIL_onRequestComplete(token, RIL_E_SUCCESS, data, length);
}

/* False when the pipe or the stream fails. The record stays valid until the stream is freed, so it is answered here. */
static bool answer_through_record_stream(const char *text, RIL_Token token)
{
    int ends[2];
    size_t length = strlen(text) + 1;
    if (length > 255 || pipe(ends) != 0)
        return false;
    unsigned char header[4] = {0, 0, 0, (unsigned char)length};
    bool written = write(ends[1], header, sizeof(header)) == (ssize_t)sizeof(header) &&
                   write(ends[1], text, length) == (ssize_t)length;
    close(ends[1]);

    bool answered = false;
    RecordStream *stream = record_stream_new(ends[0], 256);
    void *record = NULL;
    size_t record_length = 0;
    if (written && record_stream_get_next(stream, &record, &record_length) == 0 && record != NULL &&
        record_length == length) {
        complete_string(token, record);
        answered = true;
    }
    record_stream_free(stream);
    close(ends[0]);
    return answered;
}

static bool oem_hook_strings(char **strings, size_t length, RIL_Token token)
{
    size_t count = length / sizeof(char *);
    if (strings == NULL || count == 0 || strings[0] == NULL)
        return false;
    if (strcmp(strings[0], "ril_nano_time") == 0) {
        uint64_t before = ril_nano_time();
        complete_string(token, before != 0 && ril_nano_time() >= before ? "monotonic" : "not monotonic");
        return true;
    }
    if (count < 2 || strings[1] == NULL)
        return false;
    if (strcmp(strings[0], "record_stream") == 0)
        return answer_through_record_stream(strings[1], token);

    int number = atoi(strings[1]);
    if (strcmp(strings[0], "requestToString") == 0)
        complete_string(token, requestToString(number));
    else if (strcmp(strings[0], "failCauseToString") == 0)
        complete_string(token, failCauseToString(number));
    else if (strcmp(strings[0], "callStateToString") == 0)
        complete_string(token, callStateToString(number));
    else if (strcmp(strings[0], "radioStateToString") == 0)
        complete_string(token, radioStateToString(number));
    else if (strcmp(strings[0], "rilSocketIdToString") == 0)
        complete_string(token, rilSocketIdToString(number));
    else
        return false;
    return true;
}

static void on_request(int request, void *data, size_t datalen, RIL_Token token)
{
    switch (request) {
    case RIL_REQUEST_BASEBAND_VERSION: {
        char version[] = "linked 1.0";
        RIL_onRequestComplete(token, RIL_E_SUCCESS, version, sizeof(char *));
        break;
    }
    case RIL_REQUEST_OEM_HOOK_RAW:
        oem_hook_raw(data, datalen, token);
        break;
    case RIL_REQUEST_OEM_HOOK_STRINGS:
        if (!oem_hook_strings(data, datalen, token))
            RIL_onRequestComplete(token, RIL_E_INVALID_ARGUMENTS, NULL, 0);
        break;
    default:
        RIL_onRequestComplete(token, RIL_E_REQUEST_NOT_SUPPORTED, NULL, 0);
    }
}

static RIL_RadioState on_state_request(void)
{
    return radio;
}

static int supports(int request)
{
    return request == RIL_REQUEST_BASEBAND_VERSION || request == RIL_REQUEST_OEM_HOOK_RAW ||
           request == RIL_REQUEST_OEM_HOOK_STRINGS;
}

static void on_cancel(RIL_Token token)
{
    (void)token;
}

static const char *get_version(void)
{
    return "linked 1.0";
}

static void radio_comes_up(void *unused)
{
    (void)unused;
    radio = RADIO_STATE_ON;
    RIL_onUnsolicitedResponse(RIL_UNSOL_RESPONSE_RADIO_STATE_CHANGED, NULL, 0);
}

const RIL_RadioFunctions *RIL_Init(const struct RIL_Env *env, int argc, char **argv)
{
    static const RIL_RadioFunctions functions = {
        .version = 12,
        .onRequest = on_request,
        .onStateRequest = on_state_request,
        .supports = supports,
        .onCancel = on_cancel,
        .getVersion = get_version,
    };
    (void)env;
    for (int option; (option = getopt(argc, argv, "c:r")) != -1;)
        if (option == 'r')
            RIL_register(&functions);
    RIL_requestTimedCallback(radio_comes_up, NULL, NULL);
    return &functions;
}
