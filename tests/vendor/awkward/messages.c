#include "messages.h"

#include <string.h>

#include "memory.h"
#include "request.h"
#include "unsol.h"

enum { MAX_PDU = 1024 };

/* Empty while none waits. */
static char *waiting;
static bool is_old;

void messages_start(void)
{
    waiting = memory_part(MAX_PDU);
    is_old = waiting[0] != '\0';
}

bool messages_come(const char *pdu)
{
    size_t size = strlen(pdu) + 1;
    if (size == 1 || size > MAX_PDU)
        return false;
    memcpy(waiting, pdu, size);
    unsol_raise_text(RIL_UNSOL_RESPONSE_NEW_SMS, waiting);
    return true;
}

void messages_come_again(void)
{
    if (is_old)
        unsol_raise_text(RIL_UNSOL_RESPONSE_NEW_SMS, waiting);
    is_old = false;
}

RIL_Errno messages_acknowledge(const void *data, size_t length, struct reply *reply)
{
    (void)reply;
    if (!request_has_ints(data, length, 2))
        return RIL_E_INVALID_ARGUMENTS;
    waiting[0] = '\0';
    return RIL_E_SUCCESS;
}
