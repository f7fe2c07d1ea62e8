#include "unsol.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "modem.h"
#include "pool.h"
#include "scratch.h"

#ifdef ANDROID_MULTI_SIM
#define ON_SOCKET(id) , (id)
#else
#define ON_SOCKET(id)
#endif

RIL_SOCKET_ID current_socket;

struct message {
    int code;
    const char *text;
    int then; /* the code of a second message without payload, or 0 */
    RIL_SOCKET_ID socket;
    struct scratch scratch;
};

static void raise_text(int code, const char *text, RIL_SOCKET_ID socket)
{
    (void)socket;
    env->OnUnsolicitedResponse(code, text, text == NULL ? 0 : strlen(text) ON_SOCKET(socket));
}

void unsol_raise_text_here(int code, const char *text)
{
    raise_text(code, text, current_socket);
}

void unsol_raise_raws_here(int count, int length)
{
    char *bytes = calloc(1, (size_t)length);
    if (bytes == NULL)
        die("no memory for a message");
    for (int i = 0; i < count; i++)
        env->OnUnsolicitedResponse(RIL_UNSOL_OEM_HOOK_RAW, bytes, (size_t)length ON_SOCKET(current_socket));
    free(bytes);
}

static void raise_message(void *argument)
{
    struct message *message = argument;
    raise_text(message->code, message->text, message->socket);
    if (message->then != 0)
        raise_text(message->then, NULL, message->socket);
    scratch_spoil(&message->scratch);
    free(message);
}

static void submit(RIL_SOCKET_ID socket, int code, const char *text, int then)
{
    struct message *message = malloc(sizeof(*message));
    if (message == NULL)
        die("no memory for a message");
    *message = (struct message){.code = code, .then = then, .socket = socket};
    message->text = scratch_string(&message->scratch, text);
    pool_submit(raise_message, message);
}

void unsol_raise(int code)
{
    submit(current_socket, code, NULL, 0);
}

void unsol_raise_pair(int first, int second)
{
    submit(current_socket, first, NULL, second);
}

void unsol_raise_text(int code, const char *text)
{
    submit(current_socket, code, text, 0);
}

void unsol_raise_text_on(int socket, int code, const char *text)
{
    submit((RIL_SOCKET_ID)socket, code, text, 0);
}

struct storm {
    pthread_barrier_t all_here;
    pthread_mutex_t lock;
    int next, count, threads_left;
    RIL_SOCKET_ID socket;
};

static int storm_next(struct storm *storm)
{
    pthread_mutex_lock(&storm->lock);
    int number = storm->next < storm->count ? storm->next++ : -1;
    pthread_mutex_unlock(&storm->lock);
    return number;
}

static void storm_thread(void *argument)
{
    struct storm *storm = argument;
    pthread_barrier_wait(&storm->all_here);
    for (int number; (number = storm_next(storm)) >= 0;) {
        RIL_SignalStrength_v10 signal = modem_signal();
        signal.CDMA_SignalStrength.dbm = number;
        signal.CDMA_SignalStrength.ecio = number + 1;
        env->OnUnsolicitedResponse(RIL_UNSOL_SIGNAL_STRENGTH, &signal, modem_signal_size() ON_SOCKET(storm->socket));
        memset(&signal, SPOILED, sizeof(signal));
    }
    pthread_mutex_lock(&storm->lock);
    int left = --storm->threads_left;
    pthread_mutex_unlock(&storm->lock);
    if (left == 0)
        free(storm);
}

void unsol_storm(int count)
{
    struct storm *storm = malloc(sizeof(*storm));
    if (storm == NULL)
        die("no memory for a storm");
    *storm = (struct storm){.count = count, .threads_left = POOL_THREADS, .socket = current_socket};
    pthread_mutex_init(&storm->lock, NULL);
    pthread_barrier_init(&storm->all_here, NULL, POOL_THREADS);
    for (int i = 0; i < POOL_THREADS; i++)
        pool_submit(storm_thread, storm);
}
