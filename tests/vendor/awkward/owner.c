#include "owner.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "pool.h"
#include "reply.h"

struct taken {
    void *data, *copy;
    size_t length, strings;
};

static bool takes;

void owner_begins(void)
{
    takes = true;
}

/* On a thread of the pool, and so after onRequest has returned, as a rule. */
static void give_back(void *argument)
{
    struct taken *taken = argument;
    if (taken->length > 0 && memcmp(taken->data, taken->copy, taken->length) != 0)
        die("the arguments of a request have changed behind the library's back");
    for (size_t i = 0; i < taken->strings; i++)
        free(((char **)taken->data)[i]);
    free(taken->data);
    free(taken->copy);
    free(taken);
}

static bool is_taken(int request)
{
    switch (request) {
    case RIL_REQUEST_RADIO_POWER:
    case RIL_REQUEST_SCREEN_STATE:
    case RIL_REQUEST_OEM_HOOK_RAW:
    case RIL_REQUEST_OEM_HOOK_STRINGS:
        return true;
    default:
        return false;
    }
}

void owner_takes(int request, void *data, size_t length)
{
    if (!takes || data == NULL || !is_taken(request))
        return;
    struct taken *taken = malloc(sizeof(*taken));
    void *copy = malloc(length + 1);
    if (taken == NULL || copy == NULL)
        die("no memory for the arguments of a request");
    memcpy(copy, data, length);
    size_t strings = request == RIL_REQUEST_OEM_HOOK_STRINGS ? length / sizeof(char *) : 0;
    *taken = (struct taken){.data = data, .copy = copy, .length = length, .strings = strings};
    pool_submit(give_back, taken);
}
