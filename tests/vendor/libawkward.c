/*
 * libawkward.so: a vendor library that is right, but awkward in every way that real ones are, and wrong on demand.
 *
 * Always:
 *   - answers from three threads of its own, up to four requests at a time, last one first
 *   - answers with errors from inside onRequest, and so overtakes itself
 *   - overwrites answers and unsolicited data with 0xAA when the host's callback returns
 *   - asks for a timed callback inside RIL_Init, which switches the radio from UNAVAILABLE to ON
 *   - aborts when onRequest or a timed callback runs on a second thread, or both at once
 *   - keeps the pointers to RIL_Env and to argv, and reads through them for ever
 *   - parses argv with getopt, so it aborts unless optind is 1
 * What it answers is in awkward/modem.h.
 *
 * Arguments:
 *   -v N      the RIL version reported (12)
 *   -k N      how many answers it collects before it sends them in reverse (4); 1 sends each at once, from any thread
 *   -f MS     how long it collects (5)
 *   -u FIFO   the pipe that ends "block": write one byte
 *   -m FILE   keeps calls, data calls and the message that nobody has acknowledged in this file: a modem that goes on
 *             when its library is killed
 *   -t        has a timed callback from RIL_Init on that asks for itself again each time it comes, without a delay
 *   -w FILE   RIL_Init writes /proc/self/status, who it is and what it may, into this file
 *   -n        RIL_Init returns NULL
 *   -o        keeps the arguments of RADIO_POWER, SCREEN_STATE and both OEM hooks, and frees them on another thread,
 *             each string and list by itself; aborts if they have changed until then
 *   -s FILE   onStateRequest on the thread of onRequest removes this file and never returns, if it is there
 *   -x FILE   RIL_Init removes this file and aborts, if it is there
 *   -c ID     the client id, which the host appends
 *
 * Commands: an OEM_HOOK_RAW of exactly these ASCII bytes. Answered from inside onRequest with its own bytes, or with
 * INVALID_ARGUMENTS. "Next" is the next request that is no command. A stray completion has errno 501 (OEM_ERROR_1) and
 * must never be seen.
 *
 *   double           completes the next request twice, one right after the other
 *   late             answers the next request; at "release", when its slot is long reused, completes it again (stray)
 *   invent           completes four tokens that were never given, NULL and -1 among them (stray)
 *   null-ok          answers the next request with success, response NULL, length 0
 *   error-payload    answers the next request with errno 2 and its payload, or "payload" if it has none
 *   never            does not answer the next request until "release"
 *   release          see "late" and "never"
 *   bad-length       answers the next request with a length one byte short
 *   huge-length      answers the next request with success and a length of minus 8
 *   block            blocks in onRequest of the next request, until a byte comes through -u FIFO; raises an unsolicited
 *                    OEM_HOOK_RAW "blocked" first, and holds a lock that getVersion takes
 *   ack              calls OnRequestAck before it answers the next request
 *   storm N          raises N SIGNAL_STRENGTH from all threads at once, numbered 0 to N-1 in the CDMA dbm
 *   raws N LENGTH    raises N OEM_HOOK_RAW of so many bytes each, inside onRequest, before it answers
 *   unsol CODE TEXT  raises any code with a string, or without payload if there is no TEXT
 *   connected N      raises RIL_CONNECTED with this version, and then an OEM_HOOK_RAW "connected", one after the other
 *   unsol-huge CODE  raises any code with a string and a length of minus 8
 *   say-on ID CODE TEXT  as "unsol", on the socket with this id, which may be none of the host's
 *   ring NUMBER      an incoming call: CALL_STATE_CHANGED, CALL_RING
 *   sms HEXPDU       an incoming message: NEW_SMS, and again after the library's start, until it is acknowledged
 *   forget           the modem loses its calls, data calls and message, and says nothing
 *   sig WHICH        dies on a thread of its own: segv, abrt, bus, fpe, or exit with status 3; the answer may get out
 *   here-segv        dies inside onRequest
 *   fork WHICH       forks a process that dies in the library's code, by segv or exit, and waits for its end; or, if it
 *                    is to stay, answers with its number
 *   print N          prints N lines of 64 bytes on its standard error
 *   fill             prints on its standard error until that takes no more at once
 *   close            closes its standard input, output and error
 *   sigpipe          has SIGPIPE do what it does by default: it ends the process
 *   argv             answers with argv, one line each, then "NULL" if the vector is terminated, else "no NULL"
 *   socket           answers with the socket id that it came with, 0 in the single-SIM flavour
 *   seen             answers with the codes of the requests since the last "seen", commands excepted, in the order in
 *                    which they reached onRequest: "38 10 9"
 *
 * It has a SIM Access Profile as well, awkward in its own ways: see awkward/sap.c.
 *
 * With ANDROID_MULTI_SIM defined it has the flavour of the ABI with socket ids. There is still one modem; unsolicited
 * messages go to the socket of the latest request.
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "awkward/door.h"
#include "awkward/loop.h"
#include "awkward/memory.h"
#include "awkward/messages.h"
#include "awkward/mischief.h"
#include "awkward/modem.h"
#include "awkward/owner.h"
#include "awkward/pool.h"
#include "awkward/reply.h"
#include "awkward/seen.h"
#include "awkward/unsol.h"

static void on_request(int request, void *data, size_t datalen, RIL_Token token RIL_SOCKET_ARG)
{
    loop_enter("onRequest");
    messages_come_again();
#ifdef ANDROID_MULTI_SIM
    current_socket = socket_id;
#endif
    if (request != RIL_REQUEST_OEM_HOOK_RAW || !door_takes(data, datalen, token)) {
        seen_note(request);
        mischief_before(token);
        struct reply *reply = reply_new(token);
        reply->error = modem_answer(request, data, datalen, reply);
        if (mischief_after(reply)) {
            if (reply->error == RIL_E_SUCCESS)
                reply_collect(reply);
            else
                reply_send_here(reply);
        }
    }
    owner_takes(request, data, datalen);
    loop_leave();
}

/* See -s. */
static const char *stuck_if_there;

static RIL_RadioState on_state_request(RIL_SOCKET_ONLY_ARG)
{
    if (stuck_if_there != NULL && loop_is_here() && unlink(stuck_if_there) == 0) {
        for (;;)
            pause();
    }
#ifdef ANDROID_MULTI_SIM
    (void)socket_id;
#endif
    return modem_radio();
}

static int supports(int request)
{
    return modem_supports(request);
}

static void on_cancel(RIL_Token token)
{
    (void)token;
}

static const char *get_version(void)
{
    mischief_wait();
    return "awkward 1.0";
}

static void radio_comes_up(uintptr_t unused)
{
    (void)unused;
    modem_set_radio(RADIO_STATE_ON);
}

static void tick(uintptr_t unused)
{
    (void)unused;
    loop_after(0, tick, 0);
}

/* Of the thread that calls it. The file appears whole: it has another name until then. */
static bool write_status(const char *path)
{
    char unfinished[PATH_MAX], line[256];
    snprintf(unfinished, sizeof(unfinished), "%s.unfinished", path);
    FILE *from = fopen("/proc/thread-self/status", "re");
    FILE *to = fopen(unfinished, "we");
    if (from == NULL || to == NULL)
        return false;
    while (fgets(line, sizeof(line), from) != NULL)
        fputs(line, to);
    fclose(from);
    return fclose(to) == 0 && rename(unfinished, path) == 0;
}

__attribute__((visibility("default"))) const RIL_RadioFunctions *RIL_Init(const struct RIL_Env *host, int argc,
                                                                          char **argv)
{
    static RIL_RadioFunctions functions = {
        .onRequest = on_request,
        .onStateRequest = on_state_request,
        .supports = supports,
        .onCancel = on_cancel,
        .getVersion = get_version,
    };
    env = host;
    door_remember_arguments(argc, argv);

    if (optind != 1)
        die("optind is %d when RIL_Init is called; getopt needs 1", optind);
    for (int option; (option = getopt(argc, argv, "v:k:f:u:m:c:s:w:x:tno")) != -1;) {
        switch (option) {
        case 'v':
            ril_version = atoi(optarg);
            break;
        case 'k':
            batch_size = (unsigned)atoi(optarg);
            break;
        case 'f':
            batch_ms = (unsigned)atoi(optarg);
            break;
        case 'u':
            if (!mischief_open_fifo(optarg))
                die("cannot open %s", optarg);
            break;
        case 'm':
            if (!memory_keep(optarg))
                die("cannot keep the modem's memory in %s", optarg);
            break;
        case 's':
            stuck_if_there = optarg;
            break;
        case 'w':
            if (!write_status(optarg))
                die("cannot write %s", optarg);
            break;
        case 'x':
            if (unlink(optarg) == 0)
                abort();
            break;
        case 't':
            loop_after(0, tick, 0);
            break;
        case 'o':
            owner_begins();
            break;
        case 'c':
            break;
        default: /* -n, or a mistake that getopt has complained about */
            return NULL;
        }
    }

    functions.version = ril_version;
    pool_start();
    modem_start();
    loop_after(0, radio_comes_up, 0);
    return &functions;
}
