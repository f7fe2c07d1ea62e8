/*
 * A rild that is not ours: it knows the exports of libril and nothing else, as AOSP's rild.c does.
 *
 *     rild LIBRARY [VENDOR ARGUMENT...]
 *
 * It is linked against libril.so, loads the vendor's library itself, and then has nothing more to do. libril finds its
 * socket by ANDROID_SOCKET_rild. Exit status 3, and a sentence on stderr, when the vendor's library does not start.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libril_exports.h"

int main(int argc, char **argv)
{
    static const struct RIL_Env env = {
        .OnRequestComplete = RIL_onRequestComplete,
        .OnUnsolicitedResponse = RIL_onUnsolicitedResponse,
        .RequestTimedCallback = RIL_requestTimedCallback,
        .OnRequestAck = RIL_onRequestAck,
    };
    void *library = argc < 2 ? NULL : dlopen(argv[1], RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "no library: %s\n", dlerror());
        return 3;
    }
    RIL_startEventLoop();

    const RIL_RadioFunctions *(*init)(const struct RIL_Env *, int, char **);
    *(void **)&init = dlsym(library, "RIL_Init");
    char **vector = calloc((size_t)argc + 3, sizeof(char *));
    if (init == NULL || vector == NULL)
        return 3;
    int count = 0;
    vector[count++] = argv[0];
    for (int i = 2; i < argc; i++)
        vector[count++] = argv[i];
    vector[count++] = "-c";
    vector[count++] = "0";
    const RIL_RadioFunctions *functions = init(&env, count, vector);
    if (functions == NULL) {
        fputs("RIL_Init returned NULL\n", stderr);
        return 3;
    }
    RIL_register(functions);
    /* One time too many, which libril ignores. */
    RIL_register(functions);
    for (;;)
        pause();
}
