/* The voice calls of the awkward vendor's modem. Loop thread only. Each change raises CALL_STATE_CHANGED. */
#ifndef AWKWARD_CALLS_H
#define AWKWARD_CALLS_H

#include <stdbool.h>

#include "reply.h"

void calls_start(void);

RIL_Errno calls_get_current(const void *data, size_t length, struct reply *reply);
RIL_Errno calls_dial(const void *data, size_t length, struct reply *reply);
RIL_Errno calls_answer(const void *data, size_t length, struct reply *reply);
RIL_Errno calls_hangup(const void *data, size_t length, struct reply *reply);

/* A call comes in: CALL_STATE_CHANGED, then CALL_RING. False when there is no room for one more. */
bool calls_ring(const char *number);

void calls_end_all(void);

#endif
