#include "data_calls.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "modem.h"
#include "request.h"

enum { MAX_DATA_CALLS = 4 };

/* Which cids are in use; cid n is place n - 1. */
static bool *in_use;

void data_calls_start(void)
{
    in_use = memory_part(MAX_DATA_CALLS * sizeof(*in_use));
}

/* v6 and v9 are the beginning of v11, so a shorter structure is a shorter copy. */
static size_t entry_size(void)
{
    if (ril_version < 9)
        return sizeof(RIL_Data_Call_Response_v6);
    return ril_version < 11 ? sizeof(RIL_Data_Call_Response_v9) : sizeof(RIL_Data_Call_Response_v11);
}

static RIL_Data_Call_Response_v11 describe(size_t place, struct scratch *scratch)
{
    return (RIL_Data_Call_Response_v11){
        .status = 0,
        .suggestedRetryTime = -1,
        .cid = (int)place + 1,
        .active = 2,
        .type = scratch_string(scratch, "IP"),
        .ifname = scratch_format(scratch, "awk%zu", place),
        .addresses = scratch_format(scratch, "10.0.%zu.2/24", place),
        .dnses = scratch_string(scratch, "10.0.0.53 10.0.1.53"),
        .gateways = scratch_format(scratch, "10.0.%zu.1", place),
        .pcscf = scratch_string(scratch, ""),
        .mtu = 1400,
    };
}

/* Strings: technology, profile, APN, user, password, authentication, protocol, and more in later versions. */
RIL_Errno data_calls_setup(const void *data, size_t length, struct reply *reply)
{
    char *const *strings = data;
    if (request_strings(data, length) < 7 || strings[0] == NULL || strings[2] == NULL)
        return RIL_E_INVALID_ARGUMENTS;
    if (modem_radio() != RADIO_STATE_ON)
        return RIL_E_RADIO_NOT_AVAILABLE;
    for (size_t i = 0; i < MAX_DATA_CALLS; i++) {
        if (in_use[i])
            continue;
        in_use[i] = true;
        RIL_Data_Call_Response_v11 call = describe(i, &reply->scratch);
        reply_set(reply, &call, entry_size());
        return RIL_E_SUCCESS;
    }
    return RIL_E_GENERIC_FAILURE;
}

/* Strings: the cid, and a reason from version 4 on. */
RIL_Errno data_calls_deactivate(const void *data, size_t length, struct reply *reply)
{
    (void)reply;
    char *const *strings = data;
    if (request_strings(data, length) < 1 || strings[0] == NULL)
        return RIL_E_INVALID_ARGUMENTS;
    long cid = strtol(strings[0], NULL, 10);
    if (cid < 1 || cid > MAX_DATA_CALLS || !in_use[cid - 1])
        return RIL_E_INVALID_ARGUMENTS;
    in_use[cid - 1] = false;
    return RIL_E_SUCCESS;
}

RIL_Errno data_calls_list(const void *data, size_t length, struct reply *reply)
{
    if (!request_is_void(data, length))
        return RIL_E_INVALID_ARGUMENTS;
    char list[MAX_DATA_CALLS * sizeof(RIL_Data_Call_Response_v11)];
    size_t used = 0;
    for (size_t i = 0; i < MAX_DATA_CALLS; i++) {
        if (!in_use[i])
            continue;
        RIL_Data_Call_Response_v11 call = describe(i, &reply->scratch);
        memcpy(list + used, &call, entry_size());
        used += entry_size();
    }
    reply_set(reply, list, used);
    return RIL_E_SUCCESS;
}

void data_calls_end_all(void)
{
    memset(in_use, 0, MAX_DATA_CALLS * sizeof(*in_use));
}
