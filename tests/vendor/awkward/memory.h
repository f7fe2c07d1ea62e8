/*
 * What the modem behind the awkward vendor remembers. A modem has power of its own, so it goes on when its library is
 * killed: with -m its memory lies in a file, and the next process finds everything as it was. Loop thread only.
 */
#ifndef AWKWARD_MEMORY_H
#define AWKWARD_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Keeps the memory in this file; false when that cannot be. */
bool memory_keep(const char *path);

/* The next `size` bytes of it, zeros at the very first start. Each part asks once, in the same order at each start. */
void *memory_part(size_t size);

/* Everything is gone, and nobody is told: what happens to calls while no library looks. */
void memory_forget(void);

#endif
