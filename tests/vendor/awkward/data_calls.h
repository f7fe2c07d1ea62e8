/* The packet data calls of the awkward vendor's modem. Loop thread only. */
#ifndef AWKWARD_DATA_CALLS_H
#define AWKWARD_DATA_CALLS_H

#include "reply.h"

void data_calls_start(void);

RIL_Errno data_calls_setup(const void *data, size_t length, struct reply *reply);
RIL_Errno data_calls_deactivate(const void *data, size_t length, struct reply *reply);
RIL_Errno data_calls_list(const void *data, size_t length, struct reply *reply);

void data_calls_end_all(void);

#endif
