#include "calls.h"

#include <string.h>

#include "loop.h"
#include "memory.h"
#include "modem.h"
#include "request.h"
#include "unsol.h"

enum { MAX_CALLS = 7, MAX_NUMBER = 81, MAX_UUS = 256, STEP_MS = 10 };

struct call {
    uintptr_t id; /* 0: no call in this place. A timer finds its call by it. */
    int state;
    bool incoming;
    char number[MAX_NUMBER];
    bool has_uus;
    RIL_UUS_Info uus;
    char uus_data[MAX_UUS];
};
static struct memory_of_calls {
    uintptr_t last_id;
    struct call calls[MAX_CALLS];
} *memory;

static struct call *new_call(const char *number, int state, bool incoming)
{
    for (size_t i = 0; i < MAX_CALLS; i++) {
        if (memory->calls[i].id != 0)
            continue;
        memory->calls[i] = (struct call){.id = ++memory->last_id, .state = state, .incoming = incoming};
        memcpy(memory->calls[i].number, number, strlen(number) + 1);
        return &memory->calls[i];
    }
    return NULL;
}

static struct call *find(uintptr_t id)
{
    for (size_t i = 0; i < MAX_CALLS; i++)
        if (memory->calls[i].id == id)
            return &memory->calls[i];
    return NULL;
}

static void changed(void)
{
    unsol_raise(RIL_UNSOL_RESPONSE_CALL_STATE_CHANGED);
}

static bool number_fits(const char *number)
{
    return number != NULL && number[0] != '\0' && strlen(number) < MAX_NUMBER;
}

RIL_Errno calls_get_current(const void *data, size_t length, struct reply *reply)
{
    if (!request_is_void(data, length))
        return RIL_E_INVALID_ARGUMENTS;
    struct scratch *scratch = &reply->scratch;
    RIL_Call *list[MAX_CALLS];
    size_t count = 0;
    for (size_t i = 0; i < MAX_CALLS; i++) {
        const struct call *call = &memory->calls[i];
        if (call->id == 0)
            continue;
        RIL_Call *entry = scratch_alloc(scratch, sizeof(*entry));
        *entry = (RIL_Call){
            .state = call->state,
            .index = (int)i + 1,
            .toa = call->number[0] == '+' ? 145 : 129,
            .isMT = call->incoming,
            .isVoice = 1,
            .number = scratch_string(scratch, call->number),
        };
        if (call->has_uus) {
            entry->uusInfo = scratch_copy(scratch, &call->uus, sizeof(call->uus));
            entry->uusInfo->uusData = scratch_copy(scratch, call->uus_data, (size_t)call->uus.uusLength);
        }
        list[count++] = entry;
    }
    reply_set(reply, list, count * sizeof(list[0]));
    return RIL_E_SUCCESS;
}

static void answered(uintptr_t id)
{
    struct call *call = find(id);
    if (call == NULL || call->state != RIL_CALL_ALERTING)
        return;
    call->state = RIL_CALL_ACTIVE;
    changed();
}

static void alerts(uintptr_t id)
{
    struct call *call = find(id);
    if (call == NULL || call->state != RIL_CALL_DIALING)
        return;
    call->state = RIL_CALL_ALERTING;
    changed();
    loop_after(STEP_MS, answered, id);
}

/* Timers are the library's; what the modem was doing goes on. */
void calls_start(void)
{
    memory = memory_part(sizeof(*memory));
    for (size_t i = 0; i < MAX_CALLS; i++) {
        const struct call *call = &memory->calls[i];
        if (call->id != 0 && call->state == RIL_CALL_DIALING)
            loop_after(STEP_MS, alerts, call->id);
        else if (call->id != 0 && call->state == RIL_CALL_ALERTING)
            loop_after(STEP_MS, answered, call->id);
    }
}

RIL_Errno calls_dial(const void *data, size_t length, struct reply *reply)
{
    (void)reply;
    const RIL_Dial *dial = data;
    if (data == NULL || length != sizeof(*dial) || !number_fits(dial->address) || dial->clir < 0 || dial->clir > 2)
        return RIL_E_INVALID_ARGUMENTS;
    const RIL_UUS_Info *uus = dial->uusInfo;
    if (uus != NULL && (uus->uusData == NULL || uus->uusLength < 0 || uus->uusLength > MAX_UUS))
        return RIL_E_INVALID_ARGUMENTS;
    if (modem_radio() != RADIO_STATE_ON)
        return RIL_E_RADIO_NOT_AVAILABLE;

    struct call *call = new_call(dial->address, RIL_CALL_DIALING, false);
    if (call == NULL)
        return RIL_E_GENERIC_FAILURE;
    if (uus != NULL) {
        call->has_uus = true;
        call->uus = *uus;
        memcpy(call->uus_data, uus->uusData, (size_t)uus->uusLength);
    }
    changed();
    loop_after(STEP_MS, alerts, call->id);
    return RIL_E_SUCCESS;
}

RIL_Errno calls_answer(const void *data, size_t length, struct reply *reply)
{
    (void)reply;
    if (!request_is_void(data, length))
        return RIL_E_INVALID_ARGUMENTS;
    for (size_t i = 0; i < MAX_CALLS; i++) {
        if (memory->calls[i].id != 0 && memory->calls[i].state == RIL_CALL_INCOMING) {
            memory->calls[i].state = RIL_CALL_ACTIVE;
            changed();
            return RIL_E_SUCCESS;
        }
    }
    return RIL_E_GENERIC_FAILURE;
}

RIL_Errno calls_hangup(const void *data, size_t length, struct reply *reply)
{
    (void)reply;
    if (!request_has_ints(data, length, 1))
        return RIL_E_INVALID_ARGUMENTS;
    int index = *(const int *)data;
    if (index < 1 || index > MAX_CALLS || memory->calls[index - 1].id == 0)
        return RIL_E_INVALID_ARGUMENTS;
    memory->calls[index - 1].id = 0;
    changed();
    return RIL_E_SUCCESS;
}

bool calls_ring(const char *number)
{
    if (!number_fits(number))
        return false;
    bool busy = false;
    for (size_t i = 0; i < MAX_CALLS; i++)
        busy |= memory->calls[i].id != 0;
    if (new_call(number, busy ? RIL_CALL_WAITING : RIL_CALL_INCOMING, true) == NULL)
        return false;
    unsol_raise_pair(RIL_UNSOL_RESPONSE_CALL_STATE_CHANGED, RIL_UNSOL_CALL_RING);
    return true;
}

void calls_end_all(void)
{
    bool any = false;
    for (size_t i = 0; i < MAX_CALLS; i++) {
        any |= memory->calls[i].id != 0;
        memory->calls[i].id = 0;
    }
    if (any)
        changed();
}
