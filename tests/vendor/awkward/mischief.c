#include "mischief.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "loop.h"
#include "unsol.h"

static enum mischief armed;
static int fifo = -1;
/* Held by BLOCK, as a library with one lock for everything holds it while it asks its baseband. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Answers that wait for "release", oldest first. */
static struct reply *withheld;
static struct reply **withheld_end = &withheld;

static void withhold(struct reply *reply)
{
    reply->next = NULL;
    *withheld_end = reply;
    withheld_end = &reply->next;
}

bool mischief_arm(enum mischief mischief)
{
    if (mischief == BLOCK && fifo < 0)
        return false;
    armed = mischief;
    return true;
}

/* Open for writing too, so that neither side ever waits in open() and the pipe never ends. */
bool mischief_open_fifo(const char *path)
{
    fifo = open(path, O_RDWR | O_CLOEXEC);
    return fifo >= 0;
}

static void block_until_byte(void)
{
    char byte;
    pthread_mutex_lock(&lock);
    unsol_raise_text_here(RIL_UNSOL_OEM_HOOK_RAW, "blocked");
    while (read(fifo, &byte, 1) < 0 && errno == EINTR)
        ;
    pthread_mutex_unlock(&lock);
}

void mischief_wait(void)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
}

void mischief_before(RIL_Token token)
{
    if (armed == BLOCK)
        block_until_byte();
    else if (armed == ACK)
        env->OnRequestAck(token);
}

static struct reply *stray(RIL_Token token)
{
    struct reply *reply = reply_new(token);
    reply->error = STRAY_ERROR;
    return reply;
}

static void give_payload(struct reply *reply)
{
    if (reply->response == NULL)
        reply_set(reply, "payload", sizeof("payload"));
}

bool mischief_after(struct reply *reply)
{
    enum mischief now = armed;
    armed = NONE;
    switch (now) {
    case NONE:
    case BLOCK:
    case ACK:
        break;
    case DOUBLE:
        reply->times = 2;
        break;
    case LATE:
        withhold(stray(reply->token));
        break;
    case NULL_OK:
        reply->error = RIL_E_SUCCESS;
        reply->response = NULL;
        reply->length = 0;
        break;
    case ERROR_PAYLOAD:
        give_payload(reply);
        reply->error = RIL_E_GENERIC_FAILURE;
        break;
    case BAD_LENGTH:
        give_payload(reply);
        reply->length--;
        break;
    case HUGE_LENGTH:
        give_payload(reply);
        reply->error = RIL_E_SUCCESS;
        reply->length = (size_t)-8;
        break;
    case NEVER:
        withhold(reply);
        return false;
    }
    return true;
}

void mischief_release(void)
{
    for (struct reply *reply = withheld, *next; reply != NULL; reply = next) {
        next = reply->next;
        reply_send_from_pool(reply);
    }
    withheld = NULL;
    withheld_end = &withheld;
}

void mischief_invent(void)
{
    static int mine;
    RIL_Token invented[] = {NULL, (RIL_Token)UINTPTR_MAX, (RIL_Token)(uintptr_t)0x5ca1ab1f, &mine};
    for (size_t i = 0; i < sizeof(invented) / sizeof(invented[0]); i++)
        reply_send_from_pool(stray(invented[i]));
}
