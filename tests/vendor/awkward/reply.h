/* One answer on its way to the host: built on the loop thread, delivered from the pool, late and in the wrong order. */
#ifndef AWKWARD_REPLY_H
#define AWKWARD_REPLY_H

#include "../ril_abi.h"
#include "scratch.h"

struct reply {
    RIL_Token token;
    RIL_Errno error;
    void *response;
    size_t length;
    unsigned times; /* how often OnRequestComplete is called for it: 1, or 2 to misbehave */
    struct scratch scratch;
    struct reply *next;
};

/* A success without payload. */
struct reply *reply_new(RIL_Token token);

/* Sets the payload to a copy of these bytes; pointers inside must already be in the reply's scratch. */
void reply_set(struct reply *reply, const void *bytes, size_t length);

/* Sets the payload to a string, with the pointer's size as the length, as vendors are in the habit of doing. */
void reply_set_string(struct reply *reply, const char *text);

/* Calls OnRequestComplete now, on this thread, then spoils and frees the reply. */
void reply_send_here(struct reply *reply);

/* Has the pool send it, at once. */
void reply_send_from_pool(struct reply *reply);

/* Loop thread only: keeps up to `batch_size` replies, or as many as come within `batch_ms`, then has one pool thread
 * send them last to first. */
void reply_collect(struct reply *reply);
extern unsigned batch_size, batch_ms;

#endif
