#include "scratch.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"

struct block {
    struct block *next;
    size_t size;
    _Alignas(max_align_t) unsigned char bytes[];
};

/* Spoiled blocks wait here for their turn to be freed. */
#define QUARANTINE 256
static pthread_mutex_t quarantine_lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *quarantine[QUARANTINE];
static size_t quarantine_next;

void *scratch_alloc(struct scratch *scratch, size_t size)
{
    struct block *block = malloc(sizeof(*block) + size);
    if (block == NULL)
        die("no memory for %zu bytes", size);
    memset(block->bytes, SPOILED, size);
    block->size = size;
    block->next = scratch->blocks;
    scratch->blocks = block;
    return block->bytes;
}

void *scratch_copy(struct scratch *scratch, const void *bytes, size_t size)
{
    return bytes == NULL ? NULL : memcpy(scratch_alloc(scratch, size), bytes, size);
}

char *scratch_string(struct scratch *scratch, const char *text)
{
    return text == NULL ? NULL : scratch_copy(scratch, text, strlen(text) + 1);
}

char *scratch_format(struct scratch *scratch, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t size = (size_t)vsnprintf(NULL, 0, format, arguments) + 1;
    char *text = scratch_alloc(scratch, size);
    vsnprintf(text, size, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

void scratch_spoil(struct scratch *scratch)
{
    while (scratch->blocks != NULL) {
        struct block *block = scratch->blocks;
        scratch->blocks = block->next;
        memset(block->bytes, SPOILED, block->size);

        pthread_mutex_lock(&quarantine_lock);
        struct block *oldest = quarantine[quarantine_next];
        quarantine[quarantine_next] = block;
        quarantine_next = (quarantine_next + 1) % QUARANTINE;
        pthread_mutex_unlock(&quarantine_lock);
        free(oldest);
    }
}
