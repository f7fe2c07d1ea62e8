/*
 * The one thread that calls a vendor: onRequest and timed callbacks run on it, never two at once. This file holds the
 * host to that promise and aborts, with a sentence on stderr, when it is broken.
 */
#ifndef AWKWARD_LOOP_H
#define AWKWARD_LOOP_H

#include <stdbool.h>

#include "../ril_abi.h"

/* The host's functions; the pointer that RIL_Init was given, not a copy. */
extern const struct RIL_Env *env;

/* Says what is wrong on stderr and aborts. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Brackets everything that the host calls on its loop thread. `what` names the call in the complaint. */
void loop_enter(const char *what);
void loop_leave(void);

/* Whether this is the loop thread, as far as it is known. */
bool loop_is_here(void);

/* Runs `callback` on the loop thread after `milliseconds`; 0 passes a NULL time, which means at once. */
void loop_after(unsigned milliseconds, void (*callback)(uintptr_t argument), uintptr_t argument);

#endif
