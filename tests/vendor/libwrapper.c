/*
 * libwrapper.so: the wrapper of a vendor library, as device trees have them. It puts itself between a rild and the
 * library that its first argument names, which gets the other arguments, and believes that its rild is AOSP's: it looks
 * behind each RIL_Token, where libril keeps its RequestInfo.
 *
 *   - aborts when what is behind a token is not the request that came with it
 *   - answers BASEBAND_VERSION, when the library does, with "REQUEST TOKEN SOCKET" as they stand there
 *   - answers ALLOW_DATA at once, writes behind the token that it is GET_IMEI, and gives the library that: the library's
 *     answer is the second one
 *   - raises an OEM_HOOK_RAW "acknowledged REQUEST" or "cancelled REQUEST" when it finds at an answer that the request was
 *   - overwrites what is behind the token, but for the pointers, with 0xAA when the host has the answer
 *
 * With ANDROID_MULTI_SIM defined it has the flavour of the ABI with socket ids.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ril_abi.h"

typedef const RIL_RadioFunctions *(*init)(const struct RIL_Env *env, int argc, char **argv);

static const struct RIL_Env *host;
static const RIL_RadioFunctions *library;

static void die(const char *what)
{
    fprintf(stderr, "libwrapper.so: %s\n", what);
    abort();
}

static void on_request(int request, void *data, size_t length, RIL_Token token RIL_SOCKET_ARG)
{
    const RequestInfo *info = token;
    if (info->pCI->requestNumber != request || info->cancelled || info->local || info->wasAckSent || info->p_next)
        die("another request is behind the token");
#ifdef ANDROID_MULTI_SIM
    if (info->socket_id != socket_id)
        die("another socket is behind the token");
#define SOCKET_OF_IT , socket_id
#else
#define SOCKET_OF_IT
#endif
    if (request == RIL_REQUEST_ALLOW_DATA) {
        info->pCI->requestNumber = RIL_REQUEST_GET_IMEI;
        host->OnRequestComplete(token, RIL_E_SUCCESS, NULL, 0);
        library->onRequest(RIL_REQUEST_GET_IMEI, NULL, 0, token SOCKET_OF_IT);
    } else {
        library->onRequest(request, data, length, token SOCKET_OF_IT);
    }
}

static void tell(const RequestInfo *info, const char *what)
{
    char text[64];
    int length = snprintf(text, sizeof(text), "%s %d", what, info->pCI->requestNumber);
#ifdef ANDROID_MULTI_SIM
    host->OnUnsolicitedResponse(RIL_UNSOL_OEM_HOOK_RAW, text, (size_t)length, info->socket_id);
#else
    host->OnUnsolicitedResponse(RIL_UNSOL_OEM_HOOK_RAW, text, (size_t)length);
#endif
}

static void overwrite(RequestInfo *info)
{
    memset(&info->token, 0xaa, sizeof(info->token));
    memset(&info->cancelled, 0xaa, sizeof(*info) - offsetof(RequestInfo, cancelled));
    memset(&info->pCI->requestNumber, 0xaa, sizeof(info->pCI->requestNumber));
}

static void on_request_complete(RIL_Token token, RIL_Errno error, void *response, size_t length)
{
    RequestInfo *info = token;
    char text[64];
    if (info->cancelled == 1)
        tell(info, "cancelled");
    if (info->wasAckSent == 1)
        tell(info, "acknowledged");
    if (info->pCI->requestNumber == RIL_REQUEST_BASEBAND_VERSION) {
        snprintf(text, sizeof(text), "%d %d %d", info->pCI->requestNumber, info->token, info->socket_id);
        response = text;
        length = sizeof(char *);
    }
    host->OnRequestComplete(token, error, response, length);
    overwrite(info);
}

__attribute__((visibility("default"))) const RIL_RadioFunctions *RIL_Init(const struct RIL_Env *env, int argc,
                                                                          char **argv)
{
    static RIL_RadioFunctions functions;
    static struct RIL_Env ours;
    if (argc < 2)
        die("no library is named");
    void *wrapped = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    init begin = wrapped == NULL ? NULL : (init)dlsym(wrapped, "RIL_Init");
    if (begin == NULL)
        die(dlerror());
    host = env;
    ours = *env;
    ours.OnRequestComplete = on_request_complete;
    argv[1] = argv[0];
    library = begin(&ours, argc - 1, argv + 1);
    if (library == NULL)
        return NULL;
    functions = *library;
    functions.onRequest = on_request;
    return &functions;
}
