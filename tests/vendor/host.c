/*
 * A host just good enough to show that the test vendors do what their tables say. It loads one library, plays libril to
 * it, and runs one scenario:
 *
 *     host LIBRARY SCENARIO [VENDOR ARGUMENT...]
 *
 * Exit status 0 when the scenario held; 1 and a sentence on stderr when not. The scenarios are at the end of this file.
 * It gives each request a token of its own and never uses one twice, so it sees every stray and double completion.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "libril_exports.h"

/* With ANDROID_MULTI_SIM, everything is said on the second socket. */
#ifdef ANDROID_MULTI_SIM
#define HAS_SOCKETS true
#define SOCKET_ONLY 1
#define SOCKET , SOCKET_ONLY
#else
#define HAS_SOCKETS false
#define SOCKET_ONLY
#define SOCKET
#endif

enum { MAX_REQUESTS = 4096, MAX_TIMERS = 64, MAX_TEXT = 1024, PATIENCE_S = 30 };

/* One request and all that came back for it. */
struct request {
    int code;
    void *data;
    size_t datalen;
    bool dispatched;
    unsigned completions, acks;
    unsigned place; /* its first completion was the place-th of all */
    bool on_loop;   /* ... and came from inside onRequest */
    RIL_Errno error;
    const volatile unsigned char *response;
    size_t length;
    char text[MAX_TEXT];
};

struct timer {
    RIL_TimedCallback callback;
    void *param;
    struct timespec due;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct request requests[MAX_REQUESTS];
static unsigned request_count, completion_count, unknown_tokens;
static struct timer timers[MAX_TIMERS];
static unsigned timer_count;
static unsigned unsol_count[2048], unsol_total;
static char last_unsol_text[MAX_TEXT];
static RIL_RadioState last_radio;
static unsigned char storm_seen[100000];
static const RIL_RadioFunctions *vendor;
static unsigned registered;
static pthread_t loop_thread;
static bool loop_is_idle;
static const char *fifo_path;

_Noreturn static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    _exit(1);
}

#define EXPECT(condition)                                                 \
    do {                                                                  \
        if (!(condition))                                                 \
            fail("%s:%d: not so: %s", __FILE__, __LINE__, #condition);    \
    } while (0)

#define EXPECT_TEXT(actual, expected)                                                               \
    do {                                                                                            \
        const char *seen = (actual);                                                                \
        if (strcmp(seen, (expected)) != 0)                                                          \
            fail("%s:%d: \"%s\" instead of \"%s\"", __FILE__, __LINE__, seen, (expected));          \
    } while (0)

/* ---- what the vendor calls ---- */

__attribute__((format(printf, 2, 3))) static void append(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, MAX_TEXT - used, format, arguments);
    va_end(arguments);
}

static const char *or_null(const char *text)
{
    return text == NULL ? "(null)" : text;
}

/* The payload as text. The vendor spoils it on return, so this is the only chance to read it. */
static void render(int code, const void *response, size_t length, char *text)
{
    text[0] = '\0';
    if (response == NULL)
        return;
    switch (code) {
    case RIL_REQUEST_GET_IMSI:
    case RIL_REQUEST_GET_IMEI:
    case RIL_REQUEST_GET_IMEISV:
    case RIL_REQUEST_BASEBAND_VERSION:
        append(text, "%s", (const char *)response);
        break;
    case RIL_REQUEST_OPERATOR:
    case RIL_REQUEST_VOICE_REGISTRATION_STATE:
    case RIL_REQUEST_DATA_REGISTRATION_STATE:
    case RIL_REQUEST_OEM_HOOK_STRINGS:
        for (size_t i = 0; i < length / sizeof(char *); i++)
            append(text, "%s|", or_null(((char *const *)response)[i]));
        break;
    case RIL_REQUEST_GET_SIM_STATUS: {
        const RIL_CardStatus_v6 *card = response;
        append(text, "card %d apps %d", card->card_state, card->num_applications);
        for (int i = 0; i < card->num_applications; i++)
            append(text, " [type %d state %d %s %s]", card->applications[i].app_type, card->applications[i].app_state,
                   or_null(card->applications[i].aid_ptr), or_null(card->applications[i].app_label_ptr));
        break;
    }
    case RIL_REQUEST_SIGNAL_STRENGTH:
    case RIL_REQUEST_GET_ACTIVITY_INFO: /* its fields are as wide */
        for (size_t i = 0; i < length / sizeof(int); i++)
            append(text, "%d ", ((const int *)response)[i]);
        break;
    case RIL_REQUEST_GET_CURRENT_CALLS:
        for (size_t i = 0; i < length / sizeof(RIL_Call *); i++) {
            const RIL_Call *call = ((RIL_Call *const *)response)[i];
            append(text, "[%d state %d %s]", call->index, call->state, call->number);
            if (call->uusInfo != NULL)
                append(text, "(uus %.*s)", call->uusInfo->uusLength, call->uusInfo->uusData);
        }
        break;
    case RIL_REQUEST_SEND_SMS: {
        const RIL_SMS_Response *sms = response;
        append(text, "%d %s %d", sms->messageRef, sms->ackPDU, sms->errorCode);
        break;
    }
    case RIL_REQUEST_SIM_IO: {
        const RIL_SIM_IO_Response *io = response;
        append(text, "%02x%02x %s", io->sw1, io->sw2, io->simResponse);
        break;
    }
    case RIL_REQUEST_SETUP_DATA_CALL:
    case RIL_REQUEST_DATA_CALL_LIST: /* meant for version 11 and later */
        for (size_t i = 0; i < length / sizeof(RIL_Data_Call_Response_v11); i++) {
            const RIL_Data_Call_Response_v11 *call = (const RIL_Data_Call_Response_v11 *)response + i;
            append(text, "[%d %s %s %d]", call->cid, call->ifname, call->addresses, call->mtu);
        }
        break;
    default:
        append(text, "%.*s", (int)length, (const char *)response);
    }
}

static struct request *find(RIL_Token token)
{
    for (unsigned i = 0; i < request_count; i++)
        if (token == &requests[i])
            return &requests[i];
    return NULL;
}

void RIL_onRequestComplete(RIL_Token token, RIL_Errno error, void *response, size_t length)
{
    pthread_mutex_lock(&lock);
    struct request *request = find(token);
    if (request == NULL || !request->dispatched) {
        unknown_tokens++;
    } else if (request->completions++ == 0) {
        request->place = ++completion_count;
        request->on_loop = pthread_equal(pthread_self(), loop_thread);
        request->error = error;
        request->response = response;
        request->length = length;
        render(request->code, response, length, request->text);
    }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void RIL_onRequestAck(RIL_Token token)
{
    pthread_mutex_lock(&lock);
    struct request *request = find(token);
    if (request != NULL && request->completions == 0)
        request->acks++;
    pthread_mutex_unlock(&lock);
}

void RIL_onUnsolicitedResponse(int code, const void *data, size_t datalen RIL_SOCKET_ARG)
{
#ifdef ANDROID_MULTI_SIM
    EXPECT(socket_id == (code == RIL_UNSOL_RESPONSE_RADIO_STATE_CHANGED ? 0 : SOCKET_ONLY)); /* before any request: 0 */
#endif
    pthread_mutex_lock(&lock);
    const RIL_RadioFunctions *functions = vendor;
    pthread_mutex_unlock(&lock);
    RIL_RadioState radio = last_radio;
    if (code == RIL_UNSOL_RESPONSE_RADIO_STATE_CHANGED && functions != NULL)
        radio = functions->onStateRequest(SOCKET_ONLY); /* as libril does, from whatever thread this is */
    pthread_mutex_lock(&lock);
    last_radio = radio;
    if (code >= 0 && code < 2048)
        unsol_count[code]++;
    unsol_total++;
    if (code == RIL_UNSOL_SIGNAL_STRENGTH && datalen >= sizeof(RIL_SignalStrength_v6)) {
        const RIL_SignalStrength_v6 *signal = data;
        int number = signal->CDMA_SignalStrength.dbm;
        if (number >= 0 && number < 100000 && signal->CDMA_SignalStrength.ecio == number + 1)
            storm_seen[number]++;
    } else {
        last_unsol_text[0] = '\0';
        append(last_unsol_text, "%d %.*s", code, (int)datalen, data == NULL ? "" : (const char *)data);
    }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void RIL_requestTimedCallback(RIL_TimedCallback callback, void *param, const struct timeval *delay)
{
    struct timespec due;
    clock_gettime(CLOCK_REALTIME, &due);
    if (delay != NULL) {
        due.tv_sec += delay->tv_sec;
        due.tv_nsec += delay->tv_usec * 1000;
        if (due.tv_nsec >= 1000000000) {
            due.tv_sec++;
            due.tv_nsec -= 1000000000;
        }
    }
    pthread_mutex_lock(&lock);
    EXPECT(timer_count < MAX_TIMERS);
    timers[timer_count++] = (struct timer){callback, param, due};
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void RIL_register(const RIL_RadioFunctions *functions)
{
    EXPECT(functions->version == 12);
    registered++;
}

/* ---- the rest of libril's exports, for liblinked.so ---- */

static const char *name_number(const char *name, int number)
{
    static char text[64];
    snprintf(text, sizeof(text), "%s %d", name, number);
    return text;
}

const char *requestToString(int request)
{
    return name_number("request", request);
}

const char *failCauseToString(RIL_Errno error)
{
    return name_number("error", error);
}

const char *callStateToString(int state)
{
    return name_number("call", state);
}

const char *radioStateToString(RIL_RadioState state)
{
    return name_number("radio", state);
}

const char *rilSocketIdToString(RIL_SOCKET_ID socket)
{
    return name_number("socket", socket);
}

uint64_t ril_nano_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct RecordStream {
    int fd;
    char record[256];
};

RecordStream *record_stream_new(int fd, size_t max_length)
{
    EXPECT(max_length <= 256);
    RecordStream *stream = malloc(sizeof(*stream));
    EXPECT(stream != NULL);
    stream->fd = fd;
    return stream;
}

void record_stream_free(RecordStream *stream)
{
    free(stream);
}

int record_stream_get_next(RecordStream *stream, void **record, size_t *length)
{
    unsigned char header[4];
    EXPECT(read(stream->fd, header, 4) == 4);
    *length = header[3];
    EXPECT(read(stream->fd, stream->record, *length) == (ssize_t)*length);
    *record = stream->record;
    return 0;
}

/* ---- the loop thread: requests first, then timers in order of their time ---- */

static struct request *next_request(void)
{
    for (unsigned i = 0; i < request_count; i++)
        if (!requests[i].dispatched)
            return &requests[i];
    return NULL;
}

static bool earlier(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static unsigned next_timer(void)
{
    unsigned first = 0;
    for (unsigned i = 1; i < timer_count; i++)
        if (earlier(&timers[i].due, &timers[first].due))
            first = i;
    return first;
}

static void *loop(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        struct request *request = vendor == NULL ? NULL : next_request();
        if (request != NULL) {
            request->dispatched = true;
            pthread_mutex_unlock(&lock);
            vendor->onRequest(request->code, request->data, request->datalen, request SOCKET);
            pthread_mutex_lock(&lock);
        } else if (timer_count > 0) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            unsigned index = next_timer();
            struct timer timer = timers[index];
            if (earlier(&now, &timer.due)) {
                pthread_cond_timedwait(&changed, &lock, &timer.due);
                continue;
            }
            timers[index] = timers[--timer_count];
            pthread_mutex_unlock(&lock);
            timer.callback(timer.param);
            pthread_mutex_lock(&lock);
        } else {
            loop_is_idle = true;
            pthread_cond_broadcast(&changed);
            pthread_cond_wait(&changed, &lock);
            loop_is_idle = false;
        }
    }
    return NULL;
}

/* ---- the words that scenarios are written in ---- */

/* Waits until the condition, which is looked at with the lock held, is true. */
#define AWAIT(condition)                                                       \
    do {                                                                       \
        struct timespec limit;                                                 \
        clock_gettime(CLOCK_REALTIME, &limit);                                 \
        limit.tv_sec += PATIENCE_S;                                            \
        pthread_mutex_lock(&lock);                                             \
        while (!(condition))                                                   \
            if (pthread_cond_timedwait(&changed, &lock, &limit) == ETIMEDOUT)  \
                fail("%s:%d: waited in vain: %s", __FILE__, __LINE__, #condition); \
        pthread_mutex_unlock(&lock);                                           \
    } while (0)

static struct request *add(int code, const void *data, size_t datalen)
{
    EXPECT(request_count < MAX_REQUESTS);
    struct request *request = &requests[request_count++];
    *request = (struct request){.code = code, .data = (void *)(uintptr_t)data, .datalen = datalen};
    return request;
}

/* Queues a request without waiting for the answer. The data must live until then. */
static struct request *start(int code, const void *data, size_t datalen)
{
    pthread_mutex_lock(&lock);
    struct request *request = add(code, data, datalen);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return request;
}

static struct request *ask(int code, const void *data, size_t datalen)
{
    struct request *request = start(code, data, datalen);
    AWAIT(request->completions > 0);
    return request;
}

static struct request *ask_void(int code)
{
    return ask(code, NULL, 0);
}

static struct request *ask_int(int code, int value)
{
    return ask(code, &value, sizeof(value));
}

/* What libril calls when one of its clients has connected. */
static void client_connects(void)
{
    vendor->onStateRequest(SOCKET_ONLY);
    vendor->getVersion();
}

/* Whether the vendor is behind root, with librilproxy.so here: its answers come later, and have been parcels. */
static bool by_parcel(void)
{
    return strncmp(vendor->getVersion(), "librilproxy ", 12) == 0;
}

/* A command through the door; it must be obeyed, from inside onRequest. */
static void say(const char *command)
{
    struct request *request = ask(RIL_REQUEST_OEM_HOOK_RAW, command, strlen(command));
    EXPECT(request->error == RIL_E_SUCCESS);
    EXPECT(request->on_loop || by_parcel());
    EXPECT_TEXT(request->text, command);
}

static void refuses(const char *command)
{
    EXPECT(ask(RIL_REQUEST_OEM_HOOK_RAW, command, strlen(command))->error == RIL_E_INVALID_ARGUMENTS);
}

/* ---- scenarios ---- */

/* Every request that is answered truly. */
static void answers(void)
{
    EXPECT_TEXT(ask_void(RIL_REQUEST_GET_SIM_STATUS)->text, "card 1 apps 1 [type 2 state 5 A0000000871002 (null)]");
    EXPECT_TEXT(ask_void(RIL_REQUEST_GET_IMSI)->text, "001010123456789");
    EXPECT_TEXT(ask_void(RIL_REQUEST_GET_IMEI)->text, "356938035643809");
    EXPECT_TEXT(ask_void(RIL_REQUEST_GET_IMEISV)->text, "07");
    EXPECT_TEXT(ask_void(RIL_REQUEST_BASEBAND_VERSION)->text, "awkward 1.0");
    EXPECT_TEXT(ask_void(RIL_REQUEST_OPERATOR)->text, "Awkward Mobile|Awkward|00101|");
    EXPECT_TEXT(ask_void(RIL_REQUEST_DATA_REGISTRATION_STATE)->text, "1|1a2b|00c0ffee|14|(null)|4|");
    EXPECT(ask_void(RIL_REQUEST_VOICE_REGISTRATION_STATE)->length == 15 * sizeof(char *));
    /* The timing advance of LTE is not in the parcel. */
    EXPECT_TEXT(ask_void(RIL_REQUEST_SIGNAL_STRENGTH)->text, by_parcel()
                    ? "17 3 75 90 76 91 6 20 95 11 120 9 2147483647 60 "
                    : "17 3 75 90 76 91 6 20 95 11 120 9 4 60 ");
    EXPECT_TEXT(ask_void(RIL_REQUEST_GET_ACTIVITY_INFO)->text, "10 20 1 2 3 4 5 30 ");
    EXPECT(ask_int(RIL_REQUEST_SCREEN_STATE, 0)->error == RIL_E_SUCCESS);

    char *sms[] = {NULL, "0001000a81"};
    EXPECT_TEXT(ask(RIL_REQUEST_SEND_SMS, sms, sizeof(sms))->text, "1 0001000a81 -1");
    RIL_SIM_IO_v6 io = {176, 28480, "3F007F10", 1, 2, 3, "a0b1", NULL, "A000"};
    EXPECT_TEXT(ask(RIL_REQUEST_SIM_IO, &io, sizeof(io))->text, "9000 176,28480,3F007F10,1,2,3,a0b1,-,A000");
    char *strings[] = {"one", NULL, ""};
    EXPECT_TEXT(ask(RIL_REQUEST_OEM_HOOK_STRINGS, strings, sizeof(strings))->text, "one|(null)||");
    EXPECT_TEXT(ask(RIL_REQUEST_OEM_HOOK_RAW, "\x01 any", 5)->text, "\x01 any");

    char *data[] = {"16", "0", "internet", NULL, NULL, "0", "IP"};
    EXPECT_TEXT(ask(RIL_REQUEST_SETUP_DATA_CALL, data, sizeof(data))->text, "[1 awk0 10.0.0.2/24 1400]");
    if (by_parcel())
        return; /* root has one phone's data calls to one access point share one */
    EXPECT_TEXT(ask(RIL_REQUEST_SETUP_DATA_CALL, data, sizeof(data))->text, "[2 awk1 10.0.1.2/24 1400]");
    char *second[] = {"1", "0"};
    EXPECT(ask(RIL_REQUEST_DEACTIVATE_DATA_CALL, second, sizeof(second))->error == RIL_E_SUCCESS);
    EXPECT_TEXT(ask_void(RIL_REQUEST_DATA_CALL_LIST)->text, "[2 awk1 10.0.1.2/24 1400]");
}

static void truth(void)
{
    EXPECT(vendor->onStateRequest(SOCKET_ONLY) == RADIO_STATE_ON);
    EXPECT_TEXT(vendor->getVersion(), "awkward 1.0");
    EXPECT(vendor->supports(RIL_REQUEST_DIAL) && !vendor->supports(RIL_REQUEST_DTMF));
    answers();
}

/* A call out, from DIALING to its end, with user-to-user signalling; a call in; the radio switched off. */
static void calls(void)
{
    RIL_UUS_Info uus = {0, 4, 5, "hello"};
    RIL_Dial dial = {"5550100", 0, &uus};
    EXPECT(ask(RIL_REQUEST_DIAL, &dial, sizeof(dial))->error == RIL_E_SUCCESS);
    AWAIT(unsol_count[RIL_UNSOL_RESPONSE_CALL_STATE_CHANGED] == 3);
    EXPECT_TEXT(ask_void(RIL_REQUEST_GET_CURRENT_CALLS)->text, "[1 state 0 5550100](uus hello)");

    say("ring +15550199");
    AWAIT(unsol_count[RIL_UNSOL_CALL_RING] == 1);
    EXPECT(unsol_count[RIL_UNSOL_RESPONSE_CALL_STATE_CHANGED] == 4);
    EXPECT(ask_int(RIL_REQUEST_HANGUP, 1)->error == RIL_E_SUCCESS);
    EXPECT_TEXT(ask_void(RIL_REQUEST_GET_CURRENT_CALLS)->text, "[2 state 5 +15550199]");
    EXPECT(ask_int(RIL_REQUEST_HANGUP, 2)->error == RIL_E_SUCCESS);
    EXPECT(ask_int(RIL_REQUEST_HANGUP, 2)->error == RIL_E_INVALID_ARGUMENTS);

    say("ring 5550199");
    EXPECT(ask_void(RIL_REQUEST_ANSWER)->error == RIL_E_SUCCESS);
    EXPECT_TEXT(ask_void(RIL_REQUEST_GET_CURRENT_CALLS)->text, "[1 state 0 5550199]");
    EXPECT(ask_int(RIL_REQUEST_RADIO_POWER, 0)->error == RIL_E_SUCCESS);
    AWAIT(unsol_count[RIL_UNSOL_RESPONSE_RADIO_STATE_CHANGED] == 2);
    EXPECT(vendor->onStateRequest(SOCKET_ONLY) == RADIO_STATE_OFF);
    EXPECT(ask_void(RIL_REQUEST_GET_CURRENT_CALLS)->length == 0);
    EXPECT(ask(RIL_REQUEST_DIAL, &dial, sizeof(dial))->error == RIL_E_RADIO_NOT_AVAILABLE);
}

/* Data that no host should hand over. */
static void invalid_arguments(void)
{
    int number = 1;
    char *none[2] = {NULL, NULL};
    RIL_Dial no_address = {NULL, 0, NULL};
    RIL_SIM_IO_v6 io = {.command = 176};
    const struct {
        int code;
        const void *data;
        size_t datalen;
    } wrong[] = {
        {RIL_REQUEST_GET_SIM_STATUS, &number, sizeof(number)},
        {RIL_REQUEST_HANGUP, NULL, 0},
        {RIL_REQUEST_HANGUP, &number, 3},
        {RIL_REQUEST_RADIO_POWER, NULL, sizeof(int)},
        {RIL_REQUEST_DIAL, &no_address, sizeof(no_address)},
        {RIL_REQUEST_DIAL, NULL, sizeof(no_address)},
        {RIL_REQUEST_SIM_IO, &io, sizeof(RIL_SIM_IO_v5)},
        {RIL_REQUEST_SEND_SMS, none, sizeof(none)},
        {RIL_REQUEST_SEND_SMS, none, sizeof(none[0])},
        {RIL_REQUEST_OEM_HOOK_STRINGS, none, 5},
        {RIL_REQUEST_OEM_HOOK_RAW, NULL, 100},
        {RIL_REQUEST_SETUP_DATA_CALL, NULL, 7 * sizeof(char *)},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct request *request = ask(wrong[i].code, wrong[i].data, wrong[i].datalen);
        if (request->error != RIL_E_INVALID_ARGUMENTS || !request->on_loop)
            fail("case %zu: error %d", i, request->error);
    }
    EXPECT(ask_void(RIL_REQUEST_DTMF)->error == RIL_E_REQUEST_NOT_SUPPORTED);
    refuses("storm");
    refuses("storm 0");
    refuses("raws 1");
    refuses("raws 1 0");
    refuses("block"); /* without -u nothing could end it */
    refuses("sig what");
    refuses("unsol x");
    refuses("double 2");
}

/* Four requests come back last first, from a thread of the vendor's own. */
static void reversed(void)
{
    pthread_mutex_lock(&lock); /* so that the loop finds all four at once */
    struct request *four[4];
    for (int i = 0; i < 4; i++)
        four[i] = add(RIL_REQUEST_GET_IMEI, NULL, 0);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    AWAIT(completion_count == 4);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT(four[i]->place == 4 - i);
        EXPECT(!four[i]->on_loop);
    }
}

/* The answer's memory is overwritten once OnRequestComplete has returned. */
static void spoiled(void)
{
    struct request *request = ask_void(RIL_REQUEST_GET_IMEI);
    EXPECT_TEXT(request->text, "356938035643809");
    while (*request->response != 0xAA)
        sched_yield();
}

static void completed_twice(void)
{
    say("double");
    struct request *request = ask_void(RIL_REQUEST_GET_IMEI);
    AWAIT(request->completions == 2);
    EXPECT(ask_void(RIL_REQUEST_GET_IMEI)->completions == 1);
}

static void completed_late(void)
{
    say("late");
    struct request *kept = ask_void(RIL_REQUEST_GET_IMEI);
    for (int i = 0; i < 100; i++)
        EXPECT_TEXT(ask_void(RIL_REQUEST_GET_IMEISV)->text, "07");
    EXPECT(kept->completions == 1 && kept->error == RIL_E_SUCCESS);
    say("release");
    AWAIT(kept->completions == 2);
}

static void invented_tokens(void)
{
    say("invent");
    AWAIT(unknown_tokens == 4);
}

static void never_until_release(void)
{
    say("never");
    struct request *request = start(RIL_REQUEST_GET_IMEI, NULL, 0);
    for (int i = 0; i < 20; i++)
        ask_void(RIL_REQUEST_GET_IMEISV);
    EXPECT(request->dispatched && request->completions == 0);
    say("release");
    AWAIT(request->completions == 1);
    EXPECT_TEXT(request->text, "356938035643809");
}

/* Odd answers that the host has to understand. */
static void odd_answers(void)
{
    say("null-ok");
    struct request *request = ask_void(RIL_REQUEST_OPERATOR);
    EXPECT(request->error == RIL_E_SUCCESS && request->response == NULL && request->length == 0);

    say("error-payload");
    request = ask_void(RIL_REQUEST_GET_IMEI);
    EXPECT(request->error == RIL_E_GENERIC_FAILURE);
    EXPECT_TEXT(request->text, "356938035643809");

    say("bad-length");
    request = ask_void(RIL_REQUEST_OPERATOR);
    if (by_parcel())
        EXPECT(request->error == -1 && request->length == 0); /* as libril has it */
    else
        EXPECT(request->error == RIL_E_SUCCESS && request->length == 3 * sizeof(char *) - 1);

    say("ack");
    EXPECT(ask_void(RIL_REQUEST_GET_IMEI)->acks == (by_parcel() ? 0 : 1)); /* root keeps them to itself */
    EXPECT(ask_void(RIL_REQUEST_GET_IMEI)->acks == 0);
}

static void order_seen(void)
{
    ask_void(RIL_REQUEST_GET_IMEI);
    say("null-ok"); /* a command is not one of them */
    ask_void(RIL_REQUEST_OPERATOR);
    ask_void(RIL_REQUEST_GET_IMEI);
    EXPECT_TEXT(ask(RIL_REQUEST_OEM_HOOK_RAW, "seen", 4)->text, "38 22 38");
    EXPECT_TEXT(ask(RIL_REQUEST_OEM_HOOK_RAW, "seen", 4)->text, "");
}

/* Needs -u FIFO. */
static void blocked(void)
{
    say("block");
    struct request *first = start(RIL_REQUEST_GET_IMEI, NULL, 0);
    struct request *second = start(RIL_REQUEST_GET_IMEI, NULL, 0);
    AWAIT(unsol_count[RIL_UNSOL_OEM_HOOK_RAW] == 1);
    EXPECT_TEXT(last_unsol_text, "1028 blocked");
    EXPECT(first->dispatched && !second->dispatched);
    int fifo = open(fifo_path, O_WRONLY);
    EXPECT(fifo >= 0 && write(fifo, "x", 1) == 1);
    AWAIT(first->completions == 1 && second->completions == 1);
}

static void unsolicited(void)
{
    say("storm 20000");
    AWAIT(unsol_count[RIL_UNSOL_SIGNAL_STRENGTH] == 20000);
    for (int i = 0; i < 20000; i++)
        EXPECT(storm_seen[i] == 1);

    say("unsol 1006 two words");
    AWAIT(unsol_count[1006] == 1);
    EXPECT_TEXT(last_unsol_text, "1006 two words");
    say("unsol 1012");
    AWAIT(unsol_count[1012] == 1);
    EXPECT_TEXT(last_unsol_text, "1012 ");
    say("sms 07911326040000F0");
    AWAIT(unsol_count[RIL_UNSOL_RESPONSE_NEW_SMS] == 1);
    EXPECT_TEXT(last_unsol_text, "1003 07911326040000F0");
}

/* The socket id goes along, where the flavour has one. */
static void sockets(void)
{
    EXPECT_TEXT(ask(RIL_REQUEST_OEM_HOOK_RAW, "socket", 6)->text, HAS_SOCKETS ? "1" : "0");
    say("sms 00"); /* the socket of what comes is looked at in RIL_onUnsolicitedResponse */
    AWAIT(unsol_count[RIL_UNSOL_RESPONSE_NEW_SMS] == 1);
    say("storm 10");
    AWAIT(unsol_count[RIL_UNSOL_SIGNAL_STRENGTH] == 10);
}

/* The argument vector, on stdout. */
static void arguments(void)
{
    puts(ask(RIL_REQUEST_OEM_HOOK_RAW, "argv", 4)->text);
}

/* The lengths that depend on the version reported, on stdout. */
static void lengths(void)
{
    char *data[] = {"16", "0", "internet", NULL, NULL, "0", "IP"};
    printf("version %d signal %zu", vendor->version, ask_void(RIL_REQUEST_SIGNAL_STRENGTH)->length);
    printf(" data %zu\n", ask(RIL_REQUEST_SETUP_DATA_CALL, data, sizeof(data))->length);
}

/* Ways to die: the process must not survive the command. */
static void dies_of(const char *command)
{
    start(RIL_REQUEST_OEM_HOOK_RAW, command, strlen(command));
    for (;;)
        pause();
}

static void dies_segv(void)
{
    dies_of("sig segv");
}

static void dies_abrt(void)
{
    dies_of("sig abrt");
}

static void dies_bus(void)
{
    dies_of("sig bus");
}

static void dies_fpe(void)
{
    dies_of("sig fpe");
}

static void dies_exit(void)
{
    dies_of("sig exit");
}

static void dies_here(void)
{
    dies_of("here-segv");
}

/* Breaches of the host's promise, for which the vendor aborts. */
static void second_thread(void)
{
    ask_void(RIL_REQUEST_GET_IMEI);
    AWAIT(loop_is_idle);
    vendor->onRequest(RIL_REQUEST_GET_IMEI, NULL, 0, &requests[MAX_REQUESTS - 1] SOCKET);
}

/* Needs -u FIFO. */
static void concurrent(void)
{
    say("block");
    start(RIL_REQUEST_GET_IMEI, NULL, 0);
    AWAIT(unsol_count[RIL_UNSOL_OEM_HOOK_RAW] == 1);
    vendor->onRequest(RIL_REQUEST_GET_IMEI, NULL, 0, &requests[MAX_REQUESTS - 1] SOCKET);
}

/* liblinked.so with -r: everything goes by libril's names. */
static void linked(void)
{
    EXPECT(vendor->onStateRequest(SOCKET_ONLY) == RADIO_STATE_ON);
    EXPECT(registered == 1);
    EXPECT_TEXT(ask_void(RIL_REQUEST_BASEBAND_VERSION)->text, "linked 1.0");
    EXPECT(ask(RIL_REQUEST_OEM_HOOK_RAW, "ack", 3)->acks == 1);
    EXPECT_TEXT(ask(RIL_REQUEST_OEM_HOOK_RAW, "ring", 4)->text, "ring");
    EXPECT(unsol_count[RIL_UNSOL_CALL_RING] == 1);
    EXPECT(ask_void(RIL_REQUEST_DIAL)->error == RIL_E_REQUEST_NOT_SUPPORTED);

    const char *const calls_by_name[][3] = {
        {"requestToString", "10", "request 10|"},      {"failCauseToString", "2", "error 2|"},
        {"callStateToString", "1", "call 1|"},         {"radioStateToString", "10", "radio 10|"},
        {"rilSocketIdToString", "0", "socket 0|"},     {"record_stream", "some text", "some text|"},
        {"ril_nano_time", "", "monotonic|"},
    };
    for (size_t i = 0; i < sizeof(calls_by_name) / sizeof(calls_by_name[0]); i++)
        EXPECT_TEXT(ask(RIL_REQUEST_OEM_HOOK_STRINGS, calls_by_name[i], 2 * sizeof(char *))->text, calls_by_name[i][2]);
    EXPECT(ask_void(RIL_REQUEST_OEM_HOOK_STRINGS)->error == RIL_E_INVALID_ARGUMENTS);
}

/* main spoils optind before RIL_Init, which must not survive that. */
static void stale_optind(void)
{
    fail("RIL_Init returned with a stale optind");
}

/* ---- scenarios of librilproxy.so, which is told of root's socket by -s ---- */

static void expect_imei(void)
{
    struct request *request = ask_void(RIL_REQUEST_GET_IMEI);
    EXPECT(request->error == RIL_E_SUCCESS);
    EXPECT_TEXT(request->text, "356938035643809");
}

/* There is no root, or none that is one. */
static void no_root(void)
{
    EXPECT(vendor->version == 12);
    EXPECT(vendor->onStateRequest(SOCKET_ONLY) == RADIO_STATE_UNAVAILABLE);
    EXPECT(vendor->supports(RIL_REQUEST_DIAL) && !vendor->supports(4711));
    EXPECT(by_parcel());
    struct request *request = ask_void(RIL_REQUEST_GET_IMEI);
    EXPECT(request->error == RIL_E_RADIO_NOT_AVAILABLE && request->response == NULL);
    request = ask_void(4711);
    EXPECT(request->error == RIL_E_REQUEST_NOT_SUPPORTED);
}

static void report(const char *what)
{
    puts(what);
    fflush(stdout);
}

/* Says when root may be killed and when it may be started again. */
static void root_restarts(void)
{
    AWAIT(last_radio == RADIO_STATE_ON);
    expect_imei();
    say("never");
    struct request *request = start(RIL_REQUEST_GET_IMEISV, NULL, 0);
    expect_imei(); /* in turn, so the one before is with the vendor */
    EXPECT(request->dispatched && request->completions == 0);
    report("pending");
    AWAIT(request->completions > 0);
    EXPECT(request->error == RIL_E_RADIO_NOT_AVAILABLE);
    AWAIT(last_radio == RADIO_STATE_UNAVAILABLE);
    EXPECT(ask_void(RIL_REQUEST_GET_IMEI)->error == RIL_E_RADIO_NOT_AVAILABLE);
    report("unavailable");
    AWAIT(last_radio == RADIO_STATE_ON);
    expect_imei();
    EXPECT(request->completions == 1 && unknown_tokens == 0);
}

/* As libril's clients go and come: it does not tell that one has gone. */
static void next_client(void)
{
    AWAIT(last_radio == RADIO_STATE_ON);
    struct request *request = start(RIL_REQUEST_GET_IMEISV, NULL, 0); /* root does not answer this one */
    AWAIT(request->dispatched);
    client_connects();
    AWAIT(request->completions > 0);
    EXPECT(request->error == RIL_E_RADIO_NOT_AVAILABLE);
    expect_imei();
    EXPECT(request->completions == 1 && unknown_tokens == 0);
}

/* The request is given up, whenever root answers it. */
static void cancelled(void)
{
    AWAIT(last_radio == RADIO_STATE_ON);
    struct request *request = start(RIL_REQUEST_GET_IMEISV, NULL, 0);
    AWAIT(request->dispatched);
    sched_yield();
    while (request->completions == 0)
        vendor->onCancel(request);
    EXPECT(request->error == RIL_E_CANCELLED);
    expect_imei();
    EXPECT(request->completions == 1);
}

/* The answer takes a while, and root says so. */
static void acknowledged(void)
{
    AWAIT(last_radio == RADIO_STATE_ON);
    struct request *request = ask_void(RIL_REQUEST_GET_IMEI);
    EXPECT(request->acks == 1 && request->error == RIL_E_SUCCESS);
    AWAIT(unsol_count[RIL_UNSOL_CALL_RING] == 1);
    expect_imei();
}

/* What root says wrongly does no harm; in the end there is one that says it well. */
static void bad_root(void)
{
    AWAIT(last_radio == RADIO_STATE_ON);
    struct request *request = ask_void(RIL_REQUEST_GET_IMEI);
    while (request->error == RIL_E_RADIO_NOT_AVAILABLE) {
        AWAIT(last_radio == RADIO_STATE_ON);
        request = ask_void(RIL_REQUEST_GET_IMEI);
    }
    EXPECT(request->error == RIL_E_SUCCESS);
    EXPECT_TEXT(request->text, "356938035643809");
    EXPECT(unknown_tokens == 0);
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"answers", answers},
    {"truth", truth},
    {"calls", calls},
    {"invalid_arguments", invalid_arguments},
    {"reversed", reversed},
    {"spoiled", spoiled},
    {"completed_twice", completed_twice},
    {"completed_late", completed_late},
    {"invented_tokens", invented_tokens},
    {"never_until_release", never_until_release},
    {"odd_answers", odd_answers},
    {"order_seen", order_seen},
    {"blocked", blocked},
    {"unsolicited", unsolicited},
    {"sockets", sockets},
    {"arguments", arguments},
    {"lengths", lengths},
    {"dies_segv", dies_segv},
    {"dies_abrt", dies_abrt},
    {"dies_bus", dies_bus},
    {"dies_fpe", dies_fpe},
    {"dies_exit", dies_exit},
    {"dies_here", dies_here},
    {"second_thread", second_thread},
    {"concurrent", concurrent},
    {"stale_optind", stale_optind},
    {"linked", linked},
    {"no_root", no_root},
    {"root_restarts", root_restarts},
    {"next_client", next_client},
    {"cancelled", cancelled},
    {"acknowledged", acknowledged},
    {"bad_root", bad_root},
};

/* argv[0] is ours, then the vendor's arguments, then -c and a client id, then NULL. */
static char **vendor_arguments(int argc, char **argv, int *count)
{
    char **vector = calloc((size_t)argc + 4, sizeof(char *));
    EXPECT(vector != NULL);
    *count = 0;
    vector[(*count)++] = argv[0];
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i - 1], "-u") == 0)
            fifo_path = argv[i];
        vector[(*count)++] = argv[i];
    }
    vector[(*count)++] = "-c";
    vector[(*count)++] = "7";
    return vector;
}

int main(int argc, char **argv)
{
    static const struct RIL_Env env = {
        .OnRequestComplete = RIL_onRequestComplete,
        .OnUnsolicitedResponse = RIL_onUnsolicitedResponse,
        .RequestTimedCallback = RIL_requestTimedCallback,
        .OnRequestAck = RIL_onRequestAck,
    };
    if (argc < 3)
        fail("usage: %s LIBRARY SCENARIO [VENDOR ARGUMENT...]", argv[0]);
    alarm(2 * PATIENCE_S);
    void *library = dlopen(argv[1], RTLD_NOW);
    if (library == NULL)
        fail("%s", dlerror());
    const RIL_RadioFunctions *(*init)(const struct RIL_Env *, int, char **);
    *(void **)&init = dlsym(library, "RIL_Init");
    EXPECT(init != NULL);
    EXPECT(pthread_create(&loop_thread, NULL, loop, NULL) == 0);

    if (strcmp(argv[2], "stale_optind") == 0)
        optind = 3;
    int count;
    char **vector = vendor_arguments(argc, argv, &count);
    const RIL_RadioFunctions *functions = init(&env, count, vector);
    if (functions == NULL)
        fail("RIL_Init returned NULL");
    pthread_mutex_lock(&lock);
    vendor = functions;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);

    client_connects();
    /* Both vendors switch the radio on from a timed callback that they ask for in RIL_Init. */
    AWAIT(unsol_count[RIL_UNSOL_RESPONSE_RADIO_STATE_CHANGED] > 0);

    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        if (strcmp(argv[2], scenarios[i].name) == 0) {
            scenarios[i].run();
            fflush(stdout);
            _exit(0); /* without waiting for the vendor's threads */
        }
    }
    fail("no scenario %s", argv[2]);
}
