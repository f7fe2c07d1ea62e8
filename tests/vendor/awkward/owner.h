/* See -o: arguments that are the library's. */
#ifndef AWKWARD_OWNER_H
#define AWKWARD_OWNER_H

#include <stddef.h>

void owner_begins(void);

/* On the loop thread, when onRequest has done with the arguments. */
void owner_takes(int request, void *data, size_t length);

#endif
