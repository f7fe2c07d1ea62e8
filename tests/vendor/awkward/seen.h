/* The requests that came, commands excepted, in the order in which they came. Loop thread only. */
#ifndef AWKWARD_SEEN_H
#define AWKWARD_SEEN_H

#include "scratch.h"

void seen_note(int request);

/* The codes of all since the last time, at most the first 4096, with a space between two. */
const char *seen_take(struct scratch *scratch);

#endif
