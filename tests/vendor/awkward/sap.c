/*
 * The SIM Access Profile of libawkward.so: every session is opened, every command answered with 9000, unless the command
 * is one of these words. A stray completion has errno 501 (OEM_ERROR_1) and must never be seen.
 *
 *   double       completes twice
 *   invent       completes four tokens that were never given, NULL and -1 among them (stray), then its own
 *   door         completes its token by the other RIL_Env (stray), then by its own
 *   null         answers with success, response NULL, length 24
 *   empty        answers with success and an empty response
 *   garbage      answers with success and bytes that are no answer
 *   long         answers with success and a length of a million bytes
 *   never        does not answer
 *   kept         looks at the command once more when onRequest has returned, then answers; with an error if it is gone
 *   removed      tells that the card was pulled out, then answers
 *   nonsense     tells what is no message, and what no client can make sense of, then answers
 *   taken        tells that the session is over at once, then answers
 *   segv         dies inside onRequest
 *   die-later    dies at the next DISCONNECT
 *
 * Answers come from a thread of their own; what is told comes from inside onRequest.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "mischief.h"
#include "unsol.h"

enum { CONNECT = 1, DISCONNECT = 2, APDU = 3, STATUS = 7 };

/* Where the command of a TRANSFER_APDU_REQ begins: two bytes of form, two of tag and length before it. */
enum { COMMAND = 4 };

static const struct RIL_Env *sap_env;
static bool dies_later;

struct answer {
    RIL_Token token;
    RIL_Errno error;
    size_t length;
    char bytes[16];
};

static void *answer_now(void *argument)
{
    struct answer *answer = argument;
    sap_env->OnRequestComplete(answer->token, answer->error, answer->bytes, answer->length);
    memset(answer, 0xaa, sizeof(*answer));
    free(answer);
    return NULL;
}

static void answer(RIL_Token token, RIL_Errno error, const char *bytes, size_t length)
{
    struct answer *copy = calloc(1, sizeof(*copy));
    if (copy == NULL || length > sizeof(copy->bytes))
        die("an answer of %zu bytes", length);
    *copy = (struct answer){.token = token, .error = error, .length = length};
    memcpy(copy->bytes, bytes, length);
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer_now, copy) != 0)
        die("there is no thread for an answer");
    pthread_detach(thread);
}

static void tell(int id, const char *bytes, size_t length)
{
#ifdef ANDROID_MULTI_SIM
    sap_env->OnUnsolicitedResponse(id, bytes, length, current_socket);
#else
    sap_env->OnUnsolicitedResponse(id, bytes, length);
#endif
}

/* TRANSFER_APDU_RESP: done, 9000. */
static const char done[] = {0x08, 0x00, 0x10, 0x00, 0x1a, 0x02, (char)0x90, 0x00};

/* A command that is looked at again, as by a library whose workers do what they are asked. */
struct kept {
    RIL_Token token;
    const char *word;
};

static void look_again(uintptr_t argument)
{
    struct kept *kept = (struct kept *)argument;
    bool there = memcmp(kept->word, "kept", 4) == 0;
    answer(kept->token, there ? RIL_E_SUCCESS : RIL_E_GENERIC_FAILURE, done, sizeof(done));
    free(kept);
}

static void carry_out(const char *word, size_t length, RIL_Token token)
{
#define IS(text) (length == sizeof(text) - 1 && memcmp(word, text, length) == 0)
    static char byte[1];
    if (IS("double")) {
        sap_env->OnRequestComplete(token, RIL_E_SUCCESS, (void *)done, sizeof(done));
        sap_env->OnRequestComplete(token, STRAY_ERROR, (void *)done, sizeof(done));
        return;
    }
    if (IS("invent")) {
        RIL_Token tokens[] = {NULL, (RIL_Token)-1, (RIL_Token)0x5ca1ab1f, byte};
        for (size_t at = 0; at < sizeof(tokens) / sizeof(*tokens); at++)
            sap_env->OnRequestComplete(tokens[at], STRAY_ERROR, (void *)done, sizeof(done));
    } else if (IS("door")) {
        env->OnRequestComplete(token, STRAY_ERROR, NULL, 0);
    } else if (IS("null")) {
        return sap_env->OnRequestComplete(token, RIL_E_SUCCESS, NULL, 24);
    } else if (IS("empty")) {
        return answer(token, RIL_E_SUCCESS, "", 0);
    } else if (IS("garbage")) {
        return answer(token, RIL_E_SUCCESS, "\xff\xff\xff", 3);
    } else if (IS("long")) {
        return sap_env->OnRequestComplete(token, RIL_E_SUCCESS, byte, 1000 * 1000);
    } else if (IS("never")) {
        return;
    } else if (IS("kept")) {
        struct kept *kept = calloc(1, sizeof(*kept));
        if (kept == NULL)
            die("there is no memory for a command");
        *kept = (struct kept){.token = token, .word = word};
        return loop_after(0, look_again, (uintptr_t)kept);
    } else if (IS("removed")) {
        tell(STATUS, "\x08\x03", 2);
    } else if (IS("nonsense")) {
        tell(STATUS, NULL, 24);
        tell(STATUS, "\xff", 1);
        tell(CONNECT, "\x08\x00", 2);
        tell(APDU, byte, 1000 * 1000);
    } else if (IS("taken")) {
        tell(DISCONNECT, "\x08\x01", 2);
    } else if (IS("segv")) {
        raise(SIGSEGV);
    } else if (IS("die-later")) {
        dies_later = true;
    }
    answer(token, RIL_E_SUCCESS, done, sizeof(done));
#undef IS
}

static void on_request(int id, void *data, size_t length, RIL_Token token RIL_SOCKET_ARG)
{
    loop_enter("onRequest of the SIM Access Profile");
#ifdef ANDROID_MULTI_SIM
    current_socket = socket_id;
#endif
    if (data == NULL)
        die("a request of the SIM Access Profile without an address");
    if (id == CONNECT) {
        answer(token, RIL_E_SUCCESS, "\x08\x00", 2);
    } else if (id == DISCONNECT) {
        if (dies_later)
            raise(SIGSEGV);
        answer(token, RIL_E_SUCCESS, "", 0);
    } else if (id == APDU && length >= COMMAND) {
        carry_out((const char *)data + COMMAND, length - COMMAND, token);
    } else {
        answer(token, RIL_E_GENERIC_FAILURE, "", 0);
    }
    loop_leave();
}

__attribute__((visibility("default"))) const RIL_RadioFunctions *RIL_SAP_Init(const struct RIL_Env *host, int argc,
                                                                              char **argv)
{
    static RIL_RadioFunctions functions = {.onRequest = on_request};
    if (env == NULL)
        die("RIL_SAP_Init was called before RIL_Init");
    if (argc < 1 || argv[argc] != NULL)
        die("RIL_SAP_Init was given other arguments than RIL_Init");
    sap_env = host;
    return &functions;
}
