/* What a vendor may expect of a request's data, by its kind. */
#ifndef AWKWARD_REQUEST_H
#define AWKWARD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* No data at all. */
static inline bool request_is_void(const void *data, size_t length)
{
    return data == NULL && length == 0;
}

/* Exactly `count` ints. */
static inline bool request_has_ints(const void *data, size_t length, size_t count)
{
    return data != NULL && length == count * sizeof(int);
}

/* The number of strings, 0 included; -1 when the data cannot be strings. Single strings may be NULL. */
static inline int request_strings(const void *data, size_t length)
{
    if (length % sizeof(char *) != 0 || (data == NULL && length != 0))
        return -1;
    return (int)(length / sizeof(char *));
}

#endif
