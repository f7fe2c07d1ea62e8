/* A vendor library that answers at once, for measuring what is around it: GET_IMEI with a string from inside onRequest,
 * everything else with RADIO_NOT_AVAILABLE. `-t` answers from a thread of its own; `OEM_HOOK_RAW` raises as many
 * SIGNAL_STRENGTH as its bytes say, a 32-bit integer. */
#include <getopt.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <string.h>

struct timeval;

struct RIL_Env {
    void (*OnRequestComplete)(void *token, int error, void *response, size_t length);
    void (*OnUnsolicitedResponse)(int code, const void *data, size_t length);
    void (*RequestTimedCallback)(void (*callback)(void *), void *param, const struct timeval *time);
    void (*OnRequestAck)(void *token);
};

typedef struct {
    int version;
    void (*onRequest)(int request, void *data, size_t length, void *token);
    int (*onStateRequest)(void);
    int (*supports)(int request);
    void (*onCancel)(void *token);
    const char *(*getVersion)(void);
} RIL_RadioFunctions;

enum { GET_IMEI = 38, OEM_HOOK_RAW = 59, SIGNAL_STRENGTH = 1009, RADIO_ON = 10, RADIO_NOT_AVAILABLE = 1 };

static const struct RIL_Env *env;
static char imei[] = "356938035643809";
static int threaded;
static sem_t asked;
static void *volatile waiting;

static void *answer(void *unused)
{
    for (;;) {
        while (sem_wait(&asked) != 0)
            ;
        env->OnRequestComplete(waiting, 0, imei, sizeof(char *));
    }
    return unused;
}

static void onRequest(int request, void *data, size_t length, void *token)
{
    if (request == GET_IMEI && threaded) {
        waiting = token;
        sem_post(&asked);
    } else if (request == GET_IMEI) {
        env->OnRequestComplete(token, 0, imei, sizeof(char *));
    } else if (request == OEM_HOOK_RAW && length == sizeof(int)) {
        static const int signal[12] = {20, 99};
        int count;
        memcpy(&count, data, sizeof(count));
        while (count-- > 0)
            env->OnUnsolicitedResponse(SIGNAL_STRENGTH, signal, sizeof(signal));
        env->OnRequestComplete(token, 0, NULL, 0);
    } else {
        env->OnRequestComplete(token, RADIO_NOT_AVAILABLE, NULL, 0);
    }
}

static int onStateRequest(void)
{
    return RADIO_ON;
}

static int supports(int request)
{
    return request == GET_IMEI;
}

static void onCancel(void *token)
{
    (void)token;
}

static const char *getVersion(void)
{
    return "null 1.0";
}

const RIL_RadioFunctions *RIL_Init(const struct RIL_Env *host, int argc, char **argv)
{
    static const RIL_RadioFunctions functions = {12, onRequest, onStateRequest, supports, onCancel, getVersion};
    env = host;
    for (int option; (option = getopt(argc, argv, "tc:")) != -1;)
        threaded |= option == 't';
    pthread_t thread;
    if (threaded && (sem_init(&asked, 0, 0) != 0 || pthread_create(&thread, NULL, answer, NULL) != 0))
        return NULL;
    return &functions;
}
