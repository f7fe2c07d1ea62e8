/*
 * Memory for one answer or one unsolicited message, as unpleasant as a real vendor's: scattered over many small blocks,
 * never zeroed, and overwritten as soon as the host's callback has returned.
 */
#ifndef AWKWARD_SCRATCH_H
#define AWKWARD_SCRATCH_H

#include <stddef.h>

/* What fresh and spoiled memory contains. As a pointer it is an address that no process can read. */
#define SPOILED 0xAA

struct block;

struct scratch {
    struct block *blocks;
};

/* A block of its own for every call, filled with SPOILED. Never NULL. */
void *scratch_alloc(struct scratch *scratch, size_t size);

/* A copy of `size` bytes, or of a string; NULL for NULL. */
void *scratch_copy(struct scratch *scratch, const void *bytes, size_t size);
char *scratch_string(struct scratch *scratch, const char *text);

/* printf into a fresh block. */
char *scratch_format(struct scratch *scratch, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Overwrites all blocks. They stay readable for a while, so that a host which looks too late sees SPOILED, not luck. */
void scratch_spoil(struct scratch *scratch);

#endif
