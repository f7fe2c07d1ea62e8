/*
 * The command door: OEM_HOOK_RAW requests whose bytes are one of the commands in the table of libawkward.c. Any other
 * bytes are an ordinary OEM_HOOK_RAW and echoed. Loop thread only.
 *
 * A command is answered from inside onRequest, never collected; the payload is the command's text unless the table says
 * otherwise. A command that cannot be obeyed is answered with INVALID_ARGUMENTS.
 */
#ifndef AWKWARD_DOOR_H
#define AWKWARD_DOOR_H

#include <stdbool.h>

#include "reply.h"

/* Obeys and answers the command; false, and nothing done, when it is none. */
bool door_takes(const void *data, size_t length, RIL_Token token);

/* For the `argv` command: the vector that RIL_Init was given, which the host must keep. */
void door_remember_arguments(int argc, char **argv);

#endif
