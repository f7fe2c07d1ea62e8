#include "seen.h"

#include <stdio.h>

enum { MOST_SEEN = 4096, MAX_DIGITS = 12 };

static int seen[MOST_SEEN];
static int count;

void seen_note(int request)
{
    if (count < MOST_SEEN)
        seen[count++] = request;
}

const char *seen_take(struct scratch *scratch)
{
    size_t size = (size_t)count * MAX_DIGITS + 1, used = 0;
    char *text = scratch_alloc(scratch, size);
    text[0] = '\0';
    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%d", i == 0 ? "" : " ", seen[i]);
    count = 0;
    return text;
}
