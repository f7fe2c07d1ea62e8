#include "reply.h"

#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "pool.h"

unsigned batch_size = 4, batch_ms = 5;

/* The batch being collected, newest first; and its number, so that an old timer does not flush a new batch. */
static struct reply *batch;
static unsigned batch_count;
static uintptr_t batch_number;

struct reply *reply_new(RIL_Token token)
{
    struct reply *reply = malloc(sizeof(*reply));
    if (reply == NULL)
        die("no memory for a reply");
    *reply = (struct reply){.token = token, .error = RIL_E_SUCCESS, .times = 1};
    return reply;
}

void reply_set(struct reply *reply, const void *bytes, size_t length)
{
    reply->response = scratch_copy(&reply->scratch, bytes, length);
    reply->length = length;
}

void reply_set_string(struct reply *reply, const char *text)
{
    reply->response = scratch_string(&reply->scratch, text);
    reply->length = sizeof(char *);
}

void reply_send_here(struct reply *reply)
{
    for (unsigned i = 0; i < reply->times; i++)
        env->OnRequestComplete(reply->token, reply->error, reply->response, reply->length);
    scratch_spoil(&reply->scratch);
    free(reply);
}

static void send_all(void *first)
{
    for (struct reply *reply = first, *next; reply != NULL; reply = next) {
        next = reply->next;
        reply_send_here(reply);
    }
}

void reply_send_from_pool(struct reply *reply)
{
    reply->next = NULL;
    pool_submit(send_all, reply);
}

static void flush(void)
{
    pool_submit(send_all, batch);
    batch = NULL;
    batch_count = 0;
    batch_number++;
}

static void batch_is_due(uintptr_t number)
{
    if (number == batch_number && batch != NULL)
        flush();
}

void reply_collect(struct reply *reply)
{
    reply->next = batch;
    batch = reply;
    batch_count++;
    if (batch_count >= batch_size)
        flush();
    else if (batch_count == 1)
        loop_after(batch_ms, batch_is_due, batch_number);
}
