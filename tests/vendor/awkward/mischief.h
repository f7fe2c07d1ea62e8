/* Misbehaviour that waits for the next request. Loop thread only. */
#ifndef AWKWARD_MISCHIEF_H
#define AWKWARD_MISCHIEF_H

#include <stdbool.h>

#include "reply.h"

enum mischief { NONE, DOUBLE, LATE, NULL_OK, ERROR_PAYLOAD, NEVER, BAD_LENGTH, HUGE_LENGTH, BLOCK, ACK };

/* The error code of every completion that the host ought to ignore. */
#define STRAY_ERROR RIL_E_OEM_ERROR_1

/* Arms one misbehaviour for the next request that is no command, instead of one armed before. False for a BLOCK that
 * nothing could end. */
bool mischief_arm(enum mischief mischief);

/* What happens before the next request is looked at: BLOCK and ACK. */
void mischief_before(RIL_Token token);

/* What happens to its true answer. False: the reply is withheld and not to be sent. Disarms. */
bool mischief_after(struct reply *reply);

/* Sends the answers withheld by NEVER, and completes the tokens kept by LATE once more. */
void mischief_release(void);

/* Completes tokens that the host never gave: NULL, -1, an odd number, the address of a variable of ours. */
void mischief_invent(void);

/* Waits until no BLOCK goes on. From any thread. */
void mischief_wait(void);

/* The pipe that ends a BLOCK; false when it cannot be opened. */
bool mischief_open_fifo(const char *path);

#endif
